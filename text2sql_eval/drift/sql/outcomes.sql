-- One row a run and question: both sides beside each other. Only runs that both sides have labelled. `counts`: on both sides, and
-- with $common in every run of the benchmark as well.
CREATE OR REPLACE TEMP TABLE drift_outcomes AS
WITH beside AS (
    SELECT
        benchmark, revision, run, position,
        CASE WHEN f.run IS NULL THEN 'not_in_run' ELSE f.excluded END AS excluded_from,
        CASE WHEN t.run IS NULL THEN 'not_in_run' ELSE t.excluded END AS excluded_to,
        coalesce(f.correct, false) AS correct_from,
        coalesce(t.correct, false) AS correct_to,
        f.majority_candidate AS majority_from,
        t.majority_candidate AS majority_to
    FROM drift_from AS f
    FULL JOIN drift_to AS t USING (benchmark, revision, run, position)
    WHERE run IN (SELECT run FROM drift_from) AND run IN (SELECT run FROM drift_to)
),
runs_of AS (
    SELECT benchmark, revision, count(DISTINCT run) AS n_runs FROM beside GROUP BY ALL
),
weighed AS (
    SELECT
        b.*,
        b.excluded_from IS NULL AND b.excluded_to IS NULL AS in_both,
        in_both AND (
            NOT $common
            OR r.n_runs = count(*) FILTER (in_both) OVER (PARTITION BY b.benchmark, b.revision, b.position)
        ) AS counts
    FROM beside AS b
    JOIN runs_of AS r USING (benchmark, revision)
)
SELECT
    w.benchmark, w.revision, w.run, w.position, q.db_id,
    w.excluded_from, w.excluded_to, w.correct_from, w.correct_to, w.majority_from, w.majority_to, w.counts,
    CASE
        WHEN w.counts AND w.correct_from AND NOT w.correct_to THEN 'to_wrong'
        WHEN w.counts AND w.correct_to AND NOT w.correct_from THEN 'to_correct'
        WHEN w.excluded_from IS NULL AND w.excluded_to IS NOT NULL THEN 'excluded'
        WHEN w.excluded_from IS NOT NULL AND w.excluded_to IS NULL THEN 'counted'
    END AS change
FROM weighed AS w
JOIN lake.questions AS q USING (benchmark, revision, position)
