-- The questions of the latest revision of a benchmark at a position or with an id: an id may be that of several.
SELECT q.benchmark, q.revision, q.position, q.question_id, q.db_id, q.question, q.evidence, q.difficulty, q.split, d.database, d.schema
FROM questions AS q
JOIN current_benchmarks AS b ON b.benchmark = q.benchmark AND b.revision = q.revision
LEFT JOIN current_databases AS d ON d.benchmark = q.benchmark AND d.db_id = q.db_id
WHERE q.benchmark = $benchmark AND (q.position = $position OR q.question_id = $question_id)
ORDER BY q.position
