-- The executions of their SQL, and of the golds of those benchmarks.
SELECT DISTINCT e.database, e.sql_id
FROM executions AS e
JOIN databases AS d ON d.database = e.database AND d.benchmark IN (SELECT benchmark FROM needed_benchmarks)
WHERE
    e.sql_id IN (SELECT sql_id FROM candidates WHERE run IN (FROM needed_runs))
    OR e.sql_id IN (SELECT sql_id FROM golds WHERE (benchmark, revision) IN (FROM needed_benchmarks))
