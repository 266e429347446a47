-- The gold SQL of some gold revisions, as one comparator rewrites it, that was not executed yet under the current settings.
WITH wanted AS (
    SELECT DISTINCT g.benchmark, d.database, substr(sha256(comparator_gold(g.sql)), 1, 32)::UUID AS sql_id
    FROM golds AS g
    JOIN questions AS q USING (benchmark, revision, position)
    JOIN current_databases AS d ON d.benchmark = g.benchmark AND d.db_id = q.db_id
    WHERE d.database IS NOT NULL
        AND list_contains($gold_revisions::VARCHAR[], g.gold_revision)
        AND (g.benchmark, g.revision) IN (SELECT (benchmark, revision) FROM runs WHERE list_contains($runs::VARCHAR[], run))
)
SELECT w.benchmark, w.database, w.sql_id
FROM wanted AS w
ANTI JOIN (SELECT database, sql_id FROM executions WHERE settings = $settings) AS e USING (database, sql_id)
