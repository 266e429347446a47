-- The candidates that no rule critic of this version has examined, with the content of their database.
SELECT c.candidate, replace(d.database::VARCHAR, '-', '') AS database, replace(c.sql_id::VARCHAR, '-', '') AS sql_id, c.sql
FROM candidates AS c
JOIN runs AS r ON r.run = c.run
JOIN questions AS q ON q.benchmark = r.benchmark AND q.revision = r.revision AND q.position = c.position
JOIN current_databases AS d ON d.benchmark = q.benchmark AND d.db_id = q.db_id
ANTI JOIN (SELECT candidate FROM critiques WHERE validator = 'rules' AND regime = $regime) AS k ON k.candidate = c.candidate
WHERE
    c.sql IS NOT NULL
    AND d.database IS NOT NULL
    AND d.schema IS NOT NULL
    AND length(c.sql) <= $longest
    AND ($runs IS NULL OR list_contains($runs::VARCHAR[], c.run))
