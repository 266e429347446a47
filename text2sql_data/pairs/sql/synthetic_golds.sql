-- The gold of each question of a benchmark; without a query where there is none, with the reason.
SELECT
    q.benchmark, q.revision, q.position, q.db_id, d.database,
    NULL::VARCHAR AS run, NULL::UUID AS candidate, NULL::UUID AS prompt, NULL::SMALLINT AS step,
    g.sql,
    CASE WHEN g.sql IS NULL THEN 'no_gold' END AS reason
FROM questions AS q
JOIN current_benchmarks AS b USING (benchmark, revision)
LEFT JOIN (SELECT * FROM golds WHERE gold_revision = $gold_revision) AS g USING (benchmark, revision, position)
LEFT JOIN current_databases AS d ON d.benchmark = q.benchmark AND d.db_id = q.db_id
WHERE q.benchmark = $benchmark
ORDER BY q.position
