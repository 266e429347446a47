-- The database of each example of a pin of features.
SELECT content ->> 'candidate' AS candidate, content ->> 'choice' AS choice, db_id
FROM pin_rows
WHERE name = $name AND version = $version AND split = $split
