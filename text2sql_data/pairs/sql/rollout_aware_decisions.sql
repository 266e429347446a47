-- The fixes, each with one critique that it read: good are a correct fix and a critique that tells the truth about the planner's SQL, not
-- good a wrong fix and a critique that does not. For each SQL the first validator that has both sides is taken.
WITH decisions AS (
    SELECT
        h.run, h.position, h.sample, abs(f.step) AS step, c.ordinal, c.validator, c.rank, h.planner_sql_id, h.critique_set,
        f.sql_id, f.candidate, c.critique, f.reward,
        CASE
            WHEN f.sql_id IS NULL OR h.planner_sql_id IS NULL THEN 'no_sql'
            WHEN f.reward IS NULL OR h.planner_verdict = 'unknown' THEN 'unknown'
            WHEN c.critique IS NULL THEN 'no_critique'
            WHEN c.verdict = 'unparsed' THEN 'unparsed'
        END AS why,
        f.verdict = 'correct' AS correct,
        (c.verdict = 'correct') = (h.planner_verdict = 'correct') AS truthful
    FROM rollout_heads AS h
    JOIN judged AS f
        ON f.parent = h.planner AND f.sample = h.sample
        AND starts_with(f.stage, 'fixer')
        AND CASE WHEN starts_with(f.stage, 'fixer#') THEN f.stage = 'fixer#' || (h.ordinal + 1) ELSE h.ordinal = 0 END
    LEFT JOIN rollout_critiques AS c ON c.planner = h.planner AND c.read_in = h.ordinal
),
sided AS (
    SELECT
        *,
        -- A correct fix despite a critique that misleads, or a wrong one despite a true one, shows nothing about reading it.
        CASE WHEN why IS NULL AND correct = truthful THEN correct END AS good,
        coalesce(why, CASE WHEN correct <> truthful THEN 'not_by_critique' END) AS reason
    FROM decisions
),
preferred AS (
    SELECT run, position, planner_sql_id, min(rank) AS rank
    FROM (
        SELECT run, position, planner_sql_id, rank FROM sided GROUP BY ALL HAVING bool_or(good) AND NOT bool_and(good)
    )
    GROUP BY ALL
)
SELECT
    'fixer' AS agent, s.run, s.position, s.sample, s.step, s.ordinal,
    concat_ws(' ', s.planner_sql_id, s.validator) AS subject,
    NULL::UUID AS prompt,
    concat_ws(' ', s.critique_set, s.sql_id) AS answer,
    -- Answers that read other critiques are taken first.
    s.critique_set AS result,
    s.reward,
    s.candidate,
    s.critique,
    s.candidate AS judge,
    s.good,
    s.reason AS why,
    s.critique_set::VARCHAR AS reads
FROM sided AS s
LEFT JOIN preferred AS p
    ON p.run = s.run AND p.position = s.position AND p.planner_sql_id = s.planner_sql_id
WHERE s.rank IS NOT DISTINCT FROM coalesce(p.rank, s.rank)
