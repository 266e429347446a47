-- The chosen runs, each with a gold revision that its benchmark revision has.
SELECT r.run, r.benchmark, r.revision, g.gold_revision
FROM runs AS r
LEFT JOIN (SELECT DISTINCT benchmark, revision, gold_revision FROM golds) AS g USING (benchmark, revision)
WHERE ($runs IS NULL OR list_contains($runs::VARCHAR[], r.run))
    AND ($benchmarks IS NULL OR list_contains($benchmarks::VARCHAR[], r.benchmark))
ORDER BY ALL
