-- The samples of a turn that are still to be asked for, with the attempt that each is to repair. `of` best: the first of the best attempts
-- of the turn before, once that turn is complete and none of them may stand; `each`: the sample's own attempt. What may stand is decided
-- by the scope: with `verified` by the gold, otherwise by what the executor shows.
WITH before AS (
    SELECT
        a.*,
        a.status IN ('error', 'timeout', 'memory', 'rejected', 'crashed', 'no_sql')
        OR ($scope = 'verified' AND coalesce(v.verdict = 'wrong', false))
        OR ($scope = 'online_guarded' AND a.status = 'ok' AND a.n_rows = 0) AS repairable
    FROM attempts AS a
    LEFT JOIN verdicts_of_run AS v ON v.candidate = a.candidate
    WHERE a.stage = $stage_before AND a.status NOT IN ('not_executed', 'no_database')
),
chosen_attempts AS (
    SELECT
        b.position,
        bool_and(b.repairable) AS repairable,
        count(*) AS samples,
        arg_min(b.candidate, (CASE WHEN b.status = 'ok' THEN 0 ELSE 1 END, b.sample)) AS candidate
    FROM before AS b
    GROUP BY b.position
),
-- What a replay has no recording of will never come.
unrecorded AS (
    SELECT position, count(DISTINCT sample) AS samples
    FROM (
        SELECT position, unnest(samples) AS sample
        FROM calls
        WHERE run = $run AND stage = $stage_before AND error_kind = 'not_recorded'
    )
    GROUP BY position
),
wanted AS (
    SELECT c.position, d.sample, d.draw, c.candidate
    FROM chosen_attempts AS c
    LEFT JOIN unrecorded AS u ON u.position = c.position
    CROSS JOIN draws AS d
    WHERE $of = 'best' AND c.repairable AND c.samples + coalesce(u.samples, 0) >= $samples_before
    UNION ALL
    SELECT b.position, b.sample, 0, b.candidate
    FROM before AS b
    WHERE $of = 'each' AND b.repairable
),
gold AS (
    SELECT g.position, d.database, e.columns, e.n_rows, e.preview
    FROM golds AS g
    JOIN current_benchmarks AS b ON b.benchmark = g.benchmark AND b.revision = g.revision
    JOIN chosen AS q ON q.position = g.position
    JOIN current_databases AS d ON d.benchmark = g.benchmark AND d.db_id = q.db_id
    JOIN executions AS e ON e.sql_id = g.sql_id AND e.database = d.database AND e.settings = $settings AND e.status = 'ok'
    WHERE g.benchmark = $benchmark AND g.gold_revision = $gold_revision
)
SELECT
    w.position, w.draw, list(w.sample ORDER BY w.sample) AS samples, b.sample, w.candidate AS parent,
    b.sql, b.status, b.error_class, b.error, b.columns, b.n_rows, b.preview,
    g.columns AS gold_columns, g.n_rows AS gold_n_rows, g.preview AS gold_preview
FROM wanted AS w
JOIN before AS b ON b.candidate = w.candidate
LEFT JOIN gold AS g ON g.position = w.position
ANTI JOIN attempts AS t ON t.stage = $stage AND t.position = w.position AND t.sample = w.sample
GROUP BY ALL
ORDER BY w.position, w.draw, b.sample
