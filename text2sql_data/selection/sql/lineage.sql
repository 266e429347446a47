-- The questions of runs that a pin was made from too, or whose database it was: by place or text, and by name or bytes.
WITH trained AS (
    SELECT DISTINCT p.benchmark, p.revision, p.position, p.db_id, q.question, d.database
    FROM lake.pin_rows AS p
    LEFT JOIN lake.questions AS q USING (benchmark, revision, position)
    LEFT JOIN lake.current_databases AS d ON d.benchmark = p.benchmark AND d.db_id = p.db_id
    WHERE p.name = $name AND p.version = $version
),
asked AS (
    SELECT DISTINCT c.run, q.benchmark, q.revision, q.position, q.db_id, q.question, d.database
    FROM lake.candidates AS c
    JOIN lake.runs AS r ON r.run = c.run
    JOIN lake.questions AS q ON q.benchmark = r.benchmark AND q.revision = r.revision AND q.position = c.position
    LEFT JOIN lake.current_databases AS d ON d.benchmark = q.benchmark AND d.db_id = q.db_id
    WHERE list_contains($runs::VARCHAR[], c.run)
)
SELECT
    a.run, a.position, a.db_id,
    CASE
        WHEN (a.benchmark, a.revision, a.position) IN (SELECT (benchmark, revision, position) FROM trained)
            OR lower(trim(a.question)) IN (SELECT lower(trim(question)) FROM trained WHERE question IS NOT NULL)
            THEN 'question'
        ELSE 'database'
    END AS match
FROM asked AS a
WHERE (a.benchmark, a.revision, a.position) IN (SELECT (benchmark, revision, position) FROM trained)
    OR lower(trim(a.question)) IN (SELECT lower(trim(question)) FROM trained WHERE question IS NOT NULL)
    OR (a.benchmark, a.db_id) IN (SELECT (benchmark, db_id) FROM trained)
    OR a.database IN (SELECT database FROM trained WHERE database IS NOT NULL)
ORDER BY ALL
