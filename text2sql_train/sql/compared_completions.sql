-- Whether each completion has the result of its gold, as the comparator says; NULL where the rows themselves have to be compared.
SELECT
    b.place, c.status, g.status AS gold_status, contains(lower(b.gold_sql), 'order by') AS ordered,
    CASE
        WHEN c.status <> 'ok' OR g.status <> 'ok' THEN false
        WHEN (c.undecodable OR g.undecodable) AND comparator_undecodable_fails() THEN false
        ELSE comparator_same(c, g, contains(lower(b.gold_sql), 'order by'))
    END AS same
FROM temp.rewritten_batch AS b
JOIN temp.completion_outcomes AS c ON c.database = b.database AND c.sql = b.sql
JOIN temp.completion_outcomes AS g ON g.database = b.database AND g.sql = b.gold_sql
ORDER BY b.place
