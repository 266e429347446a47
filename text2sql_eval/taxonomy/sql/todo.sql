-- The pairs of a SQL that is not correct and its gold that were not compared yet by this version.
WITH wanted AS (
    SELECT DISTINCT sql_id, gold_sql_id
    FROM taxonomy_answers
    WHERE excluded IS NULL AND error_type <> 'correct' AND sql_id IS NOT NULL AND gold_sql_id IS NOT NULL
),
open_pairs AS (
    SELECT w.sql_id, w.gold_sql_id
    FROM wanted AS w
    ANTI JOIN (SELECT sql_id, other FROM sql_differences WHERE version = $version) AS d
        ON d.sql_id = w.sql_id AND d.other = w.gold_sql_id
)
SELECT o.sql_id::VARCHAR AS sql_id, o.gold_sql_id::VARCHAR AS other, c.sql, g.sql AS other_sql
FROM open_pairs AS o
JOIN (
    SELECT sql_id, any_value(sql) AS sql FROM candidates WHERE sql_id IN (SELECT sql_id FROM open_pairs) GROUP BY sql_id
) AS c ON c.sql_id = o.sql_id
JOIN (
    SELECT sql_id, any_value(sql) AS sql FROM golds WHERE sql_id IN (SELECT gold_sql_id FROM open_pairs) GROUP BY sql_id
) AS g ON g.sql_id = o.gold_sql_id
ORDER BY o.gold_sql_id, o.sql_id
