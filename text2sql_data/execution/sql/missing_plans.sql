-- The statements whose query plan under this engine is not known yet.
SELECT replace(w.database::VARCHAR, '-', '') AS database, replace(w.sql_id::VARCHAR, '-', '') AS sql_id, w.sql
FROM wanted_plans AS w
ANTI JOIN (SELECT database, sql_id FROM plans WHERE engine = $engine) AS p USING (database, sql_id)
WHERE w.database IS NOT NULL AND w.sql IS NOT NULL
