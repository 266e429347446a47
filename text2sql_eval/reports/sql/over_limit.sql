-- How many pairs are longer than the limit, by version and type; without a type over all of them.
SELECT l.version, p.type, count(*) AS over
FROM (SELECT DISTINCT version, pair_set, pair, total_size FROM report_lengths) AS l
JOIN (SELECT DISTINCT version, pair_set, pair, type FROM report_pairs) AS p USING (version, pair_set, pair)
WHERE l.total_size > $limit
GROUP BY GROUPING SETS ((l.version), (l.version, p.type))
ORDER BY l.version, p.type NULLS FIRST
