-- The statements that were not executed yet under these settings, database after database.
SELECT replace(w.database::VARCHAR, '-', '') AS database, replace(w.sql_id::VARCHAR, '-', '') AS sql_id, w.sql
FROM wanted AS w
ANTI JOIN (SELECT database, sql_id FROM executions WHERE settings = $settings) AS e USING (database, sql_id)
ORDER BY w.database
