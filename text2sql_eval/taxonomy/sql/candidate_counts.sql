-- The candidates of all turns of questions that count.
SELECT run, count(*) AS candidates, count(DISTINCT position) AS questions
FROM error_types
WHERE excluded IS NULL AND step >= 0
GROUP BY run
ORDER BY run
