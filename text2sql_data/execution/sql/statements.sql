-- One part of the SQL texts that are wanted, with benchmark and database: candidates and golds as one comparator rewrites them. Parts
-- are told apart by the text, so that equal ones are in the same.
FROM (
    SELECT r.benchmark, q.db_id, comparator_candidate(c.sql) AS sql
    FROM candidates AS c
    JOIN runs AS r ON r.run = c.run
    JOIN questions AS q ON q.benchmark = r.benchmark AND q.revision = r.revision AND q.position = c.position
    WHERE c.sql IS NOT NULL AND $golds_of IS NULL AND ($runs IS NULL OR list_contains($runs::VARCHAR[], c.run))
    UNION
    SELECT g.benchmark, q.db_id, comparator_gold(g.sql)
    FROM golds AS g
    JOIN questions AS q USING (benchmark, revision, position)
    WHERE
        CASE
            WHEN $golds_of IS NOT NULL THEN list_contains($golds_of::VARCHAR[], g.benchmark)
            WHEN $runs IS NULL THEN true
            ELSE (g.benchmark, g.revision) IN (SELECT (benchmark, revision) FROM runs WHERE list_contains($runs::VARCHAR[], run))
        END
    UNION
    -- The SQL of pairs that came from files: candidates and golds are wanted anyway, and synthetic SQL was executed when it was made.
    SELECT p.benchmark, p.db_id, unnest(list_filter([p.chosen_sql, p.rejected_sql], text -> text IS NOT NULL)) AS sql
    FROM pairs AS p
    JOIN pair_sets AS s ON s.pair_set = p.pair_set AND s.kind = 'imported'
    WHERE p.benchmark IS NOT NULL AND $golds_of IS NULL AND $runs IS NULL
)
WHERE hash(sql) % $parts = $part
