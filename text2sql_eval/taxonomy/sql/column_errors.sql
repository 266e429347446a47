-- The candidates of all turns that the engine refused because of a column, and what the candidates did that were made from them.
WITH refused AS (
    SELECT run, db_id, position, step, candidate, database, sql_id, error
    FROM error_types
    WHERE excluded IS NULL AND step >= 0 AND error_type IN ('no_such_column', 'ambiguous_column')
),
next_turn AS (
    SELECT
        parent,
        bool_or(error_type IN ('correct', 'empty_result', 'wrong_row_count', 'wrong_result', 'undecodable')) AS mended,
        bool_or(error_type = 'correct') AS corrected
    FROM error_types
    WHERE parent IN (SELECT candidate FROM refused)
    GROUP BY parent
)
SELECT
    r.run, r.db_id, r.position, r.step, replace(r.database::VARCHAR, '-', '') AS database, c.sql,
    coalesce(r.error, c.claimed_error) AS error,
    n.parent IS NOT NULL AS asked,
    coalesce(n.mended, false) AS mended,
    coalesce(n.corrected, false) AS corrected
FROM refused AS r
JOIN candidates AS c ON c.candidate = r.candidate
LEFT JOIN next_turn AS n ON n.parent = r.candidate
ORDER BY r.run, r.position, r.step, c.sample
