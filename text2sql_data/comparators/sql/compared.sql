-- One row a (question, SQL) that has no label yet: the execution of the candidate beside that of the gold.
WITH todo AS (
    SELECT DISTINCT r.benchmark, r.revision, c.position, c.sql_id, c.sql, d.database, d.path
    FROM candidates AS c
    JOIN runs AS r ON r.run = c.run
    JOIN questions AS q ON q.benchmark = r.benchmark AND q.revision = r.revision AND q.position = c.position
    JOIN current_databases AS d ON d.benchmark = q.benchmark AND d.db_id = q.db_id
    ANTI JOIN (
        SELECT candidate, database
        FROM labels
        WHERE comparator = $comparator AND version = $version AND gold_revision = $gold_revision AND settings = $settings
    ) AS l ON l.candidate = c.candidate AND l.database = d.database
    WHERE
        d.database IS NOT NULL
        -- A benchmark without this gold revision may get it later: nothing can be said of its runs yet.
        AND (r.benchmark, r.revision) IN (SELECT (benchmark, revision) FROM golds WHERE gold_revision = $gold_revision)
        AND ($runs IS NULL OR list_contains($runs::VARCHAR[], c.run))
),
rewritten AS (
    SELECT
        t.benchmark, t.revision, t.position, t.sql_id, t.database, t.path,
        g.position IS NOT NULL AS has_gold,
        comparator_candidate(t.sql) AS sql,
        comparator_gold(g.sql) AS gold_sql,
        contains(lower(comparator_gold(g.sql)), 'order by') AS ordered
    FROM todo AS t
    LEFT JOIN golds AS g
        ON g.benchmark = t.benchmark AND g.revision = t.revision AND g.position = t.position
        AND g.gold_revision = $gold_revision
),
results AS (
    SELECT
        database, sql_id, status, undecodable, n_rows, len(columns) AS n_columns, set_digest, bag_digest, list_digest,
        unordered_set_digest, unordered_list_digest, columns_digest
    FROM executions
    WHERE settings = $settings
)
SELECT
    w.benchmark, w.revision, w.position, w.sql_id, w.database, w.path, w.sql, w.gold_sql, w.has_gold, w.ordered,
    c.status AS status,
    g.status AS gold_status,
    c.undecodable AND comparator_undecodable_fails() AS undecodable,
    g.undecodable AND comparator_undecodable_fails() AS gold_undecodable,
    CASE WHEN c.status = 'ok' AND g.status = 'ok' THEN comparator_same(c, g, w.ordered) END AS same
FROM rewritten AS w
LEFT JOIN results AS c ON c.database = w.database AND c.sql_id = substr(sha256(w.sql), 1, 32)::UUID
LEFT JOIN results AS g ON g.database = w.database AND g.sql_id = substr(sha256(w.gold_sql), 1, 32)::UUID
