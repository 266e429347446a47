-- How many candidates the rule critics cannot examine, by reason.
SELECT
    CASE
        WHEN c.sql IS NULL THEN 'no SQL'
        WHEN d.database IS NULL OR d.schema IS NULL THEN 'no database'
        ELSE 'SQL of more than ' || $longest || ' characters'
    END AS reason,
    count(*) AS candidates
FROM candidates AS c
JOIN runs AS r ON r.run = c.run
JOIN questions AS q ON q.benchmark = r.benchmark AND q.revision = r.revision AND q.position = c.position
LEFT JOIN current_databases AS d ON d.benchmark = q.benchmark AND d.db_id = q.db_id
WHERE
    (c.sql IS NULL OR d.database IS NULL OR d.schema IS NULL OR length(c.sql) > $longest)
    AND ($runs IS NULL OR list_contains($runs::VARCHAR[], c.run))
GROUP BY ALL
ORDER BY ALL
