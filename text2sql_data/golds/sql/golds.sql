-- Every question of the current revisions with its gold in one gold revision, its database, and what the gold did there.
SELECT
    q.benchmark, q.position, q.question_id, q.db_id, g.sql,
    replace(d.database::VARCHAR, '-', '') AS database,
    e.status, e.error, e.n_rows, coalesce(e.volatile, false) AS volatile
FROM questions AS q
JOIN current_benchmarks AS b USING (benchmark, revision)
LEFT JOIN (SELECT * FROM golds WHERE gold_revision = $gold_revision) AS g USING (benchmark, revision, position)
LEFT JOIN current_databases AS d ON d.benchmark = q.benchmark AND d.db_id = q.db_id
LEFT JOIN (SELECT * FROM executions WHERE settings = $settings) AS e ON e.database = d.database AND e.sql_id = g.sql_id
WHERE $benchmark IS NULL OR q.benchmark = $benchmark
ORDER BY q.benchmark, q.position
