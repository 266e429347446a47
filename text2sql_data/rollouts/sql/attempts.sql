-- The candidates of a run with what their SQL did under the settings of the run, as far as a prompt may show it.
SELECT
    c.position, c.sample, c.stage, c.step, c.candidate, c.parent, c.sql, c.sql_id, d.database,
    CASE
        WHEN c.sql_id IS NULL THEN 'no_sql'
        WHEN d.database IS NULL THEN 'no_database'
        ELSE coalesce(e.status, 'not_executed')
    END AS status,
    e.error_class, e.error, e.columns, e.n_rows, e.preview
FROM candidates AS c
JOIN chosen AS q ON q.position = c.position
LEFT JOIN current_databases AS d ON d.benchmark = $benchmark AND d.db_id = q.db_id
LEFT JOIN (SELECT * FROM executions WHERE settings = $settings) AS e ON e.sql_id = c.sql_id AND e.database = d.database
WHERE c.run = $run
