-- The rows that are still there, with what tells their question and their database from others.
SELECT
    r.* EXCLUDE (drop),
    coalesce(k.key, r.prompt_key) AS question_key,
    k.key IS NOT NULL AS question_known,
    d.database,
    coalesce(g.name, r.db_id) AS database_group
FROM judged_rows AS r
LEFT JOIN question_keys AS k USING (benchmark, revision, position)
LEFT JOIN current_databases AS d ON d.benchmark = r.benchmark AND d.db_id = r.db_id
LEFT JOIN database_groups AS g ON g.db_id = r.db_id
WHERE r.drop IS NULL
