-- What is to be examined: each SQL once a database content, those of one database after each other.
SELECT DISTINCT database, sql_id, sql
FROM todo
ORDER BY database, sql_id
