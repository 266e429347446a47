-- What executions came to, as comparators read it.
SELECT
    database, sql_id, status, error_class, error, undecodable, volatile, n_rows, len(columns) AS n_columns, set_digest, bag_digest,
    list_digest, unordered_set_digest, unordered_list_digest, columns_digest
FROM executions
WHERE settings = $settings
