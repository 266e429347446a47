-- The comparisons that digests do not decide.
SELECT rowid, replace(database::VARCHAR, '-', '') AS database, path, sql, gold_sql, ordered
FROM compared
WHERE status = 'ok' AND gold_status = 'ok' AND same IS NULL AND NOT undecodable AND NOT gold_undecodable
