-- The stored schema of every database content.
SELECT DISTINCT ON (database) replace(database::VARCHAR, '-', '') AS database, schema
FROM current_databases
WHERE database IS NOT NULL AND schema IS NOT NULL
