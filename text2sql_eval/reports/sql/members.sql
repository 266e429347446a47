-- The pairs of each version: those of a pair set, or those that the rows of a pinned dataset were made from.
SELECT v.version, p.pair_set, p.pair
FROM report_versions AS v
JOIN pairs AS p ON p.pair_set = v.pair_set
UNION ALL
SELECT v.version, json_extract_string(r.sources, '$.pair_set'), TRY_CAST(json_extract_string(r.sources, '$.pair') AS UUID)
FROM report_versions AS v
JOIN pin_rows AS r ON r.name = v.pin AND r.version = v.pin_version
WHERE TRY_CAST(json_extract_string(r.sources, '$.pair') AS UUID) IS NOT NULL
