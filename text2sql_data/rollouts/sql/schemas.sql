-- The stored schemas of a benchmark's databases, with the content where there is a file.
SELECT db_id, replace(database::VARCHAR, '-', '') AS database, schema
FROM current_databases
WHERE benchmark = $benchmark AND schema IS NOT NULL
