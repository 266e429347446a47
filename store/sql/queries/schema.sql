SELECT
    CASE WHEN v.view_name IS NULL THEN 'table' ELSE 'view' END AS kind,
    c.table_name AS name,
    coalesce(t.comment, v.comment) AS comment,
    c.column_name,
    c.data_type,
    c.is_nullable,
    c.comment AS column_comment
FROM duckdb_columns() AS c
LEFT JOIN duckdb_tables() AS t
    ON t.database_name = c.database_name AND t.schema_name = c.schema_name AND t.table_name = c.table_name
LEFT JOIN duckdb_views() AS v
    ON v.database_name = c.database_name AND v.schema_name = c.schema_name AND v.view_name = c.table_name
WHERE c.database_name = 'lake' AND c.schema_name = 'main'
ORDER BY kind, name, c.column_index
