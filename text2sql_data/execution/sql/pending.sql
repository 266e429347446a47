-- The statements that were not executed yet under these settings, each once a database content.
WITH wanted AS (
    SELECT DISTINCT d.database, s.sql, substr(sha256(s.sql), 1, 32)::UUID AS sql_id
    FROM statements AS s
    JOIN current_databases AS d ON d.benchmark = s.benchmark AND d.db_id = s.db_id
    WHERE d.database IS NOT NULL
)
SELECT replace(w.database::VARCHAR, '-', '') AS database, replace(w.sql_id::VARCHAR, '-', '') AS sql_id, w.sql
FROM wanted AS w
ANTI JOIN (SELECT database, sql_id FROM executions WHERE settings = $settings) AS e USING (database, sql_id)
ORDER BY w.database
