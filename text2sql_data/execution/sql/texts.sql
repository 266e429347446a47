-- The SQL texts that are wanted, as they were written, with benchmark and database, and how comparators rewrite them: as candidates,
-- as golds, or not at all. Parts are told apart by the text, so that equal ones are in the same; by numbers of 64 bits, for what a
-- parameter is otherwise divides ten times slower.
SELECT *, hash(sql) % $parts::UBIGINT AS part
FROM (
    SELECT r.benchmark, q.db_id, c.sql, 'candidate' AS kind
    FROM candidates AS c
    JOIN runs AS r ON r.run = c.run
    JOIN questions AS q ON q.benchmark = r.benchmark AND q.revision = r.revision AND q.position = c.position
    WHERE c.sql IS NOT NULL AND $golds_of IS NULL AND ($runs IS NULL OR list_contains($runs::VARCHAR[], c.run))
    UNION ALL
    SELECT g.benchmark, q.db_id, g.sql, 'gold'
    FROM golds AS g
    JOIN questions AS q USING (benchmark, revision, position)
    WHERE CASE
        WHEN $golds_of IS NOT NULL THEN list_contains($golds_of::VARCHAR[], g.benchmark)
        WHEN $runs IS NULL THEN true
        ELSE (g.benchmark, g.revision) IN (SELECT (benchmark, revision) FROM runs WHERE list_contains($runs::VARCHAR[], run))
    END
    UNION ALL
    -- The SQL of pairs that came from files: candidates and golds are wanted anyway, and synthetic SQL was executed when it was made.
    SELECT p.benchmark, p.db_id, p.sql, 'pair'
    FROM (
        SELECT benchmark, db_id, pair_set, unnest([chosen_sql, rejected_sql]) AS sql
        FROM pairs
        WHERE benchmark IS NOT NULL AND $golds_of IS NULL AND $runs IS NULL
    ) AS p
    JOIN pair_sets AS s ON s.pair_set = p.pair_set AND s.kind = 'imported'
    WHERE p.sql IS NOT NULL
)
