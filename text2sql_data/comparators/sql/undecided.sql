-- The comparisons that digests do not decide, with their texts as they were executed.
WITH undecided AS MATERIALIZED ( -- they are few
    SELECT rowid AS number, *
    FROM compared
    WHERE status = 'ok' AND gold_status = 'ok' AND same IS NULL AND NOT undecodable AND NOT gold_undecodable
)
SELECT m.number, replace(m.database::VARCHAR, '-', '') AS database, c.sql, g.sql AS gold_sql, m.ordered
FROM undecided AS m
JOIN executions AS c ON c.database = m.database AND c.sql_id = m.executed AND c.settings = $settings
JOIN executions AS g ON g.database = m.database AND g.sql_id = m.gold_executed AND g.settings = $settings
