-- The questions of runs, and those that a pin was made from, with the database of each: its name, and its bytes where they are known.
SELECT DISTINCT 'trained' AS side, NULL AS run, p.benchmark, p.revision, p.position, p.db_id, q.question, d.database::VARCHAR AS database
FROM lake.pin_rows AS p
LEFT JOIN lake.questions AS q USING (benchmark, revision, position)
LEFT JOIN lake.current_databases AS d ON d.benchmark = p.benchmark AND d.db_id = p.db_id
WHERE p.name = $name AND p.version = $version AND ($splits IS NULL OR list_contains($splits::VARCHAR[], p.split))
UNION ALL
SELECT DISTINCT 'asked', c.run, q.benchmark, q.revision, q.position, q.db_id, q.question, d.database::VARCHAR
FROM lake.candidates AS c
JOIN lake.runs AS r ON r.run = c.run
JOIN lake.questions AS q ON q.benchmark = r.benchmark AND q.revision = r.revision AND q.position = c.position
LEFT JOIN lake.current_databases AS d ON d.benchmark = q.benchmark AND d.db_id = q.db_id
WHERE list_contains($runs::VARCHAR[], c.run)
ORDER BY ALL
