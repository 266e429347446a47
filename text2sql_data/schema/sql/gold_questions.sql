-- Every question of the current revision of a benchmark with its gold in one gold revision; NULL where it has none.
SELECT q.position, q.db_id, q.question, q.evidence, g.sql
FROM questions AS q
JOIN current_benchmarks AS b USING (benchmark, revision)
LEFT JOIN (SELECT * FROM golds WHERE gold_revision = $gold_revision) AS g USING (benchmark, revision, position)
WHERE q.benchmark = $benchmark
ORDER BY q.position
