-- Statistics, in the catalog's own form, of the columns of tables that never had a row. Only floating point can be NaN.
SELECT
    c.table_id,
    c.column_id,
    false AS contains_null,
    CASE WHEN c.column_type IN ('float32', 'float64') THEN false END AS contains_nan,
    NULL AS min_value,
    NULL AS max_value,
    NULL AS extra_stats
FROM __ducklake_metadata_lake.main.ducklake_column AS c
WHERE
    c.end_snapshot IS NULL
    AND c.table_id NOT IN (SELECT s.table_id FROM __ducklake_metadata_lake.main.ducklake_table_stats AS s)
    AND NOT EXISTS (
        FROM __ducklake_metadata_lake.main.ducklake_column AS part
        WHERE part.table_id = c.table_id AND part.parent_column = c.column_id
    )
