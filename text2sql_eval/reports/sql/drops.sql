-- What was left out, where and why: by a version's own pair set, by the sets that it was taken from, and by a dataset.
WITH RECURSIVE ancestors AS (
    SELECT version, pair_set FROM report_versions WHERE pair_set IS NOT NULL
    UNION
    SELECT DISTINCT version, pair_set FROM report_members
    UNION
    SELECT a.version, unnest(json_extract_string(s.parents, '$[*].pair_set'))
    FROM ancestors AS a
    JOIN pair_sets AS s USING (pair_set)
),
dropped AS (
    SELECT a.version, 'pair set ' || d.pair_set AS left_out_by, d.reason, d.detail
    FROM ancestors AS a
    JOIN pair_drops AS d USING (pair_set)
    UNION ALL
    SELECT v.version, 'dataset ' || v.name, d.reason, d.detail
    FROM report_versions AS v
    JOIN pin_drops AS d ON d.name = v.pin AND d.version = v.pin_version
)
SELECT version, left_out_by, reason, count(*) AS pairs, min(detail) AS example
FROM dropped
GROUP BY ALL
ORDER BY version, left_out_by, pairs DESC, reason
