-- The questions of the benchmarks that a recipe reads or must keep away from, with their database as it is now.
SELECT q.benchmark, q.revision, q.position, q.db_id, q.question, q.evidence, d.database
FROM questions AS q
LEFT JOIN current_databases AS d ON d.benchmark = q.benchmark AND d.db_id = q.db_id
WHERE list_contains($benchmarks::VARCHAR[], q.benchmark)
