-- The question and database of each example of a pin of features.
SELECT
    p.content ->> 'candidate' AS candidate, p.content ->> 'choice' AS choice, p.db_id, q.question,
    d.database::VARCHAR AS database
FROM pin_rows AS p
JOIN questions AS q ON q.benchmark = p.benchmark AND q.revision = p.revision AND q.position = p.position
LEFT JOIN current_databases AS d ON d.benchmark = p.benchmark AND d.db_id = p.db_id
WHERE p.name = $name AND p.version = $version AND p.split = $split
