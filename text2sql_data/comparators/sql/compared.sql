-- One row a (question, SQL) that has no label yet: the execution of the candidate beside that of the gold, by identities. The texts
-- stay where they are, as only few comparisons need them (undecided.sql): with them this would take most of the memory.
WITH results AS (
    SELECT
        database, sql_id, status, undecodable, n_rows, len(columns) AS n_columns, set_digest, bag_digest, list_digest,
        unordered_set_digest, unordered_list_digest, columns_digest
    FROM executions
    WHERE settings = $settings
),
asked AS (
    SELECT
        q.benchmark, q.revision, q.position, d.database,
        g.position IS NOT NULL AS has_gold,
        substr(sha256(comparator_gold(g.sql)), 1, 32)::UUID AS executed,
        contains(lower(comparator_gold(g.sql)), 'order by') AS ordered
    FROM questions AS q
    JOIN current_databases AS d ON d.benchmark = q.benchmark AND d.db_id = q.db_id
    LEFT JOIN golds AS g
        ON g.benchmark = q.benchmark AND g.revision = q.revision AND g.position = q.position
        AND g.gold_revision = $gold_revision
    WHERE
        d.database IS NOT NULL
        -- A benchmark without this gold revision may get it later: nothing can be said of its runs yet.
        AND (q.benchmark, q.revision) IN (SELECT (benchmark, revision) FROM golds WHERE gold_revision = $gold_revision)
),
todo AS (
    SELECT DISTINCT
        r.benchmark, r.revision, c.position, c.sql_id, a.database,
        CASE
            WHEN comparator_candidate(c.sql) IS NOT DISTINCT FROM c.sql THEN c.sql_id
            ELSE substr(sha256(comparator_candidate(c.sql)), 1, 32)::UUID
        END AS executed
    FROM candidates AS c
    JOIN runs AS r ON r.run = c.run
    JOIN asked AS a ON a.benchmark = r.benchmark AND a.revision = r.revision AND a.position = c.position
    ANTI JOIN (
        SELECT candidate, database
        FROM labels
        WHERE comparator = $comparator AND version = $version AND gold_revision = $gold_revision AND settings = $settings
    ) AS l ON l.candidate = c.candidate AND l.database = a.database
    WHERE $runs IS NULL OR list_contains($runs::VARCHAR[], c.run)
),
golden AS (
    SELECT a.*, g AS gold
    FROM asked AS a
    LEFT JOIN results AS g ON g.database = a.database AND g.sql_id = a.executed
)
SELECT
    t.benchmark, t.revision, t.position, t.sql_id, t.database, t.executed,
    a.executed AS gold_executed,
    a.has_gold,
    a.ordered,
    c.status AS status,
    a.gold.status AS gold_status,
    c.undecodable AND comparator_undecodable_fails() AS undecodable,
    a.gold.undecodable AND comparator_undecodable_fails() AS gold_undecodable,
    CASE WHEN c.status = 'ok' AND a.gold.status = 'ok' THEN comparator_same(c, a.gold, a.ordered) END AS same
FROM todo AS t
JOIN golden AS a ON a.benchmark = t.benchmark AND a.revision = t.revision AND a.position = t.position
LEFT JOIN results AS c ON c.database = t.database AND c.sql_id = t.executed
