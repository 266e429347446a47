-- The files that a catalog names, with their path below the lake's data, whether it is there, and their size in bytes.
SELECT
    s.path || t.path || f.path AS path,
    s.path_is_relative::BOOLEAN AND t.path_is_relative::BOOLEAN AND f.path_is_relative::BOOLEAN AS relative,
    f.size
FROM (
    SELECT table_id, path, path_is_relative, file_size_bytes AS size FROM ducklake_data_file
    UNION ALL
    SELECT table_id, path, path_is_relative, file_size_bytes AS size FROM ducklake_delete_file
) AS f
JOIN (SELECT DISTINCT table_id, schema_id, path, path_is_relative FROM ducklake_table) AS t USING (table_id)
JOIN (SELECT DISTINCT schema_id, path, path_is_relative FROM ducklake_schema) AS s USING (schema_id)
