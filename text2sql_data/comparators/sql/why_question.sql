-- One question with its gold, its database, and what the gold did there.
SELECT
    q.revision, q.position, q.question_id, q.db_id, q.question, q.evidence, g.sql,
    replace(d.database::VARCHAR, '-', '') AS database,
    e.status, e.error, e.columns, e.n_rows, e.preview
FROM questions AS q
JOIN current_benchmarks AS b USING (benchmark, revision)
LEFT JOIN (SELECT * FROM golds WHERE gold_revision = $gold_revision) AS g USING (benchmark, revision, position)
LEFT JOIN current_databases AS d ON d.benchmark = q.benchmark AND d.db_id = q.db_id
LEFT JOIN (SELECT * FROM executions WHERE settings = $settings) AS e ON e.database = d.database AND e.sql_id = g.sql_id
WHERE
    q.benchmark = $benchmark
    AND ($position IS NULL OR q.position = $position)
    AND ($question_id IS NULL OR q.question_id = $question_id)
ORDER BY q.position
