-- Every mutant with what it did, the identity of the pair that it would make, and why it makes none. A mutant that fails has no
-- reason yet: how many of those a set may have is decided over the whole set.
WITH compared AS (
    SELECT
        m.place,
        bool_or(r.original AND comparator_same(c, g, contains(lower(r.sql), 'order by'))) AS same_original,
        bool_or(comparator_same(c, g, contains(lower(r.sql), 'order by'))) AS same_any,
        bool_or(comparator_same(c, g, contains(lower(r.sql), 'order by')) IS NULL) AS undecided,
        any_value(c.undecodable) AS undecodable
    FROM synthetic_mutants AS m
    JOIN synthetic_sources AS s USING (source)
    JOIN synthetic_references AS r USING (source)
    JOIN synthetic_results AS c
        ON c.database = s.database AND c.sql_id = substr(sha256(comparator_candidate(m.sql)), 1, 32)::UUID AND c.status = 'ok'
    JOIN synthetic_results AS g
        ON g.database = s.database AND g.sql_id = substr(sha256(comparator_gold(r.sql)), 1, 32)::UUID AND g.status = 'ok'
    GROUP BY m.place
),
tried AS (
    SELECT
        m.place, m.source, 'synthetic_' || m.type AS type, m.mutation, m.sql, s.* EXCLUDE (source, sql, reason), s.sql AS original,
        x.status, x.error,
        substr(
            sha256(
                concat_ws(
                    chr(10), 'synthetic_' || m.type, coalesce(s.benchmark, ''), coalesce(s.db_id, ''),
                    coalesce(s.position::VARCHAR, ''), coalesce(s.prompt::VARCHAR, ''), '', sha256(s.sql), sha256(m.sql)
                )
            ),
            1, 32
        )::UUID AS pair,
        CASE
            WHEN s.database IS NULL THEN 'no_database'
            WHEN o.status IS NULL OR x.status IS NULL THEN 'not_executed'
            WHEN o.status <> 'ok' THEN 'original_' || o.status
            WHEN o.volatile THEN 'original_volatile'
            WHEN o.undecodable AND comparator_undecodable_fails() THEN 'original_undecodable'
            WHEN x.status NOT IN ('ok', 'error') THEN x.status
            WHEN x.volatile THEN 'volatile'
            WHEN x.status = 'error' THEN NULL
            WHEN k.undecodable AND comparator_undecodable_fails() THEN 'undecodable'
            WHEN k.same_original THEN 'same_result'
            WHEN k.same_any THEN 'known_correct'
            WHEN k.undecided OR k.place IS NULL THEN 'undecided'
        END AS reason
    FROM synthetic_mutants AS m
    JOIN synthetic_sources AS s USING (source)
    LEFT JOIN synthetic_results AS o ON o.database = s.database AND o.sql_id = substr(sha256(s.sql), 1, 32)::UUID
    LEFT JOIN synthetic_results AS x ON x.database = s.database AND x.sql_id = substr(sha256(m.sql), 1, 32)::UUID
    LEFT JOIN compared AS k ON k.place = m.place
)
SELECT
    * EXCLUDE (reason),
    CASE WHEN row_number() OVER (PARTITION BY pair ORDER BY place) > 1 THEN 'duplicate' ELSE reason END AS reason,
    sha256(concat_ws(chr(10), $seed, pair::VARCHAR)) AS chance
FROM tried
