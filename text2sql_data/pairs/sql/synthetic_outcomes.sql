-- The same of outcomes that a dry run keeps out of the lake.
SELECT
    database::UUID AS database, sql_id::UUID AS sql_id, status, error_class, error, undecodable, volatile, n_rows,
    len(columns) AS n_columns, set_digest::UUID AS set_digest, bag_digest::UUID AS bag_digest, list_digest::UUID AS list_digest,
    unordered_set_digest::UUID AS unordered_set_digest, unordered_list_digest::UUID AS unordered_list_digest,
    columns_digest::UUID AS columns_digest
FROM synthetic_batch
