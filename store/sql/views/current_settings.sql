-- The engine and the limits that were chosen last: one row, or none before anything was executed.
-- like: settings
SELECT * FROM settings ORDER BY chosen DESC LIMIT 1
