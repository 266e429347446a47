-- What is SQL in the file of a catalog that is attached as `somebodys`: views, macros and generated columns.
SELECT view_name AS name FROM duckdb_views() WHERE database_name = 'somebodys' AND NOT internal
UNION ALL
SELECT function_name FROM duckdb_functions() WHERE database_name = 'somebodys' AND NOT internal
UNION ALL
SELECT table_name FROM duckdb_tables() WHERE database_name = 'somebodys' AND sql ILIKE '%GENERATED ALWAYS%'
ORDER BY name
