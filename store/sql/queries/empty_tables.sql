-- Statistics, in the catalog's own form, of tables that never had a row.
SELECT
    t.table_id,
    0 AS record_count,
    0 AS next_row_id,
    0 AS file_size_bytes
FROM __ducklake_metadata_lake.main.ducklake_table AS t
WHERE
    t.end_snapshot IS NULL
    AND t.table_id NOT IN (SELECT s.table_id FROM __ducklake_metadata_lake.main.ducklake_table_stats AS s)
