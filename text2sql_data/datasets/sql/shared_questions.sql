-- What two splits have in common: question texts, questions, and, where rows are divided by database, names and contents of databases.
SELECT 'question text' AS what, question_key::VARCHAR AS which, list(DISTINCT split ORDER BY split) AS splits
FROM divided_rows GROUP BY question_key HAVING count(DISTINCT split) > 1
UNION ALL
SELECT 'question', concat_ws(' ', benchmark, revision, position), list(DISTINCT split ORDER BY split)
FROM divided_rows WHERE position IS NOT NULL GROUP BY benchmark, revision, position HAVING count(DISTINCT split) > 1
UNION ALL
SELECT 'database', db_id, list(DISTINCT split ORDER BY split)
FROM divided_rows WHERE $by = 'database' GROUP BY db_id HAVING count(DISTINCT split) > 1
UNION ALL
SELECT 'database content', database::VARCHAR, list(DISTINCT split ORDER BY split)
FROM divided_rows WHERE $by = 'database' AND database IS NOT NULL GROUP BY database HAVING count(DISTINCT split) > 1
ORDER BY what, which
