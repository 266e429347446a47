-- Questions of the benchmark that do not count, by run, side and reason. With those that count they are all of its questions.
WITH sides AS (
    SELECT benchmark, revision, run, 'from' AS side, excluded_from AS reason FROM drift_outcomes
    UNION ALL
    SELECT benchmark, revision, run, 'to', excluded_to FROM drift_outcomes
),
asked AS (
    SELECT benchmark, revision, count(*) AS questions FROM lake.questions GROUP BY benchmark, revision
),
left_out AS (
    SELECT benchmark, revision, run, side, reason, count(*) AS questions
    FROM sides
    WHERE reason IS NOT NULL
    GROUP BY ALL
    UNION ALL
    SELECT s.benchmark, s.revision, s.run, s.side, 'not_in_run', any_value(a.questions) - count(*)
    FROM sides AS s
    JOIN asked AS a USING (benchmark, revision)
    GROUP BY s.benchmark, s.revision, s.run, s.side
)
SELECT benchmark, revision, run, side, reason, sum(questions)::BIGINT AS questions
FROM left_out
GROUP BY ALL
HAVING sum(questions) > 0
ORDER BY ALL
