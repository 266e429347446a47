-- The chosen questions that cannot be asked, with the reason.
SELECT c.position, 'no_schema' AS reason
FROM chosen AS c
ANTI JOIN (SELECT db_id FROM current_databases WHERE benchmark = $benchmark AND schema IS NOT NULL) AS d USING (db_id)
