-- The query of each question that is changed: the correct candidate of the lowest sample of each run; without a query where there is none, with the reason.
WITH answers AS (
    SELECT j.benchmark, j.revision, j.position, j.db_id, j.database, j.run, j.candidate, j.sample, j.step, j.sql, j.verdict, c.prompt
    FROM judged_candidates AS j
    JOIN candidates AS c ON c.candidate = j.candidate
    WHERE j.comparator = $comparator AND j.gold_revision = $gold_revision AND list_contains($runs::VARCHAR[], j.run)
),
first_correct AS (
    SELECT *, bool_and(verdict = 'unknown') OVER (PARTITION BY run, position) AS unknown
    FROM answers
    QUALIFY row_number() OVER (PARTITION BY run, position ORDER BY verdict <> 'correct', sample, step) = 1
)
SELECT
    benchmark, revision, position, db_id, database, run,
    CASE WHEN verdict = 'correct' THEN candidate END AS candidate,
    CASE WHEN verdict = 'correct' THEN prompt END AS prompt,
    CASE WHEN verdict = 'correct' THEN step END AS step,
    CASE WHEN verdict = 'correct' THEN sql END AS sql,
    CASE WHEN unknown THEN 'unknown' WHEN verdict <> 'correct' THEN 'none_correct' END AS reason
FROM first_correct
ORDER BY run, position
