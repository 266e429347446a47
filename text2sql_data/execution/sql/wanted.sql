-- The statements of one part, each once a database content, with their identities.
SELECT DISTINCT d.database, substr(sha256(s.sql), 1, 32)::UUID AS sql_id, s.sql
FROM statements AS s
JOIN current_databases AS d ON d.benchmark = s.benchmark AND d.db_id = s.db_id
WHERE d.database IS NOT NULL
