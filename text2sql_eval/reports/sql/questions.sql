-- One row is one question of a run (and agent) that a version has pairs of, or that mining looked at for it, with its pairs, or why none.
-- Mining is that of the version's own pair set, and of the sets that it was selected from.
WITH RECURSIVE ancestors AS (
    SELECT version, pair_set FROM report_versions WHERE pair_set IS NOT NULL
    UNION
    SELECT DISTINCT version, pair_set FROM report_members
    UNION
    SELECT a.version, unnest(json_extract_string(s.parents, '$[*].pair_set'))
    FROM ancestors AS a
    JOIN pair_sets AS s USING (pair_set)
),
looked AS (
    SELECT
        a.version, r.benchmark, r.revision, y.agent, y.run, y.position,
        sum(y.pairs) AS mined,
        min(y.reason) AS reason
    FROM ancestors AS a
    JOIN pair_yields AS y USING (pair_set)
    JOIN runs AS r USING (run)
    GROUP BY ALL
),
held AS (
    SELECT version, benchmark, revision, agent, run, position, min(db_id) AS db_id, count(*) AS pairs
    FROM report_pairs
    WHERE position IS NOT NULL
    GROUP BY ALL
),
both_sides AS (
    SELECT
        coalesce(l.version, h.version) AS version,
        coalesce(l.benchmark, h.benchmark) AS benchmark,
        coalesce(l.revision, h.revision) AS revision,
        coalesce(l.agent, h.agent) AS agent,
        coalesce(l.run, h.run) AS run,
        coalesce(l.position, h.position) AS position,
        h.db_id,
        l.version IS NOT NULL AS looked_at,
        coalesce(h.pairs, 0) AS pairs,
        CASE WHEN h.pairs IS NULL THEN CASE WHEN l.mined > 0 THEN 'left_out_later' ELSE coalesce(l.reason, 'not_stated') END END AS reason
    FROM looked AS l
    FULL JOIN held AS h
        ON h.version = l.version AND h.benchmark = l.benchmark AND h.revision = l.revision AND h.agent = l.agent
            AND h.run IS NOT DISTINCT FROM l.run AND h.position = l.position
)
SELECT b.* EXCLUDE (db_id), coalesce(b.db_id, q.db_id) AS db_id
FROM both_sides AS b
LEFT JOIN questions AS q USING (benchmark, revision, position)
