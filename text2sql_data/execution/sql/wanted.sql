-- The statements of one part, each once a database content, with their identities.
SELECT database, substr(sha256(sql), 1, 32)::UUID AS sql_id, sql
FROM (
    SELECT DISTINCT d.database, s.sql
    FROM statements AS s
    JOIN current_databases AS d ON d.benchmark = s.benchmark AND d.db_id = s.db_id
    WHERE d.database IS NOT NULL
)
