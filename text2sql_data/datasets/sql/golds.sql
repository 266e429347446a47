-- The golds of the current revision of each benchmark, with what they did under the current settings; NULL where that is not known.
SELECT
    q.benchmark, q.revision, q.position, q.db_id, g.sql, g.sql_id, d.sha256, e.status, e.error, e.set_digest
FROM questions AS q
JOIN current_benchmarks AS b USING (benchmark, revision)
LEFT JOIN (SELECT * FROM golds WHERE gold_revision = $gold_revision) AS g USING (benchmark, revision, position)
LEFT JOIN current_databases AS d ON d.benchmark = q.benchmark AND d.db_id = q.db_id
LEFT JOIN executions AS e
    ON e.database = d.database AND e.sql_id = g.sql_id AND e.settings = (SELECT settings FROM current_settings)
WHERE list_contains($benchmarks::VARCHAR[], q.benchmark)
ORDER BY q.benchmark, q.position
