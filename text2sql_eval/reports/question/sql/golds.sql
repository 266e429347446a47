-- The gold of a question in every gold revision, with what it did under the current settings.
SELECT g.gold_revision, g.sql, coalesce(e.status, 'not_executed') AS status, e.error, e.columns, e.n_rows, e.preview, e.set_digest
FROM golds AS g
LEFT JOIN executions AS e
    ON e.database = $database AND e.sql_id = g.sql_id AND e.settings = (SELECT settings FROM current_settings)
WHERE g.benchmark = $benchmark AND g.revision = $revision AND g.position = $position
ORDER BY g.gold_revision <> 'original', g.gold_revision
