-- The stored schemas of databases, with their content where there is a file, and the name of their dialect for a prompt.
SELECT
    d.benchmark, d.db_id, replace(d.database::VARCHAR, '-', '') AS database, d.schema,
    CASE b.dialect WHEN 'sqlite' THEN 'SQLite' ELSE b.dialect END AS dialect
FROM current_databases AS d
JOIN (SELECT benchmark, any_value(dialect) AS dialect FROM benchmarks GROUP BY benchmark) AS b ON b.benchmark = d.benchmark
WHERE list_contains($benchmarks::VARCHAR[], d.benchmark) AND d.schema IS NOT NULL
