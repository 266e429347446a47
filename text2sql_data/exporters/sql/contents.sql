-- What a run holds: candidates by stage, critiques by regime, and verdicts by comparator.
SELECT 'stage' AS kind, c.stage AS name, count(*) AS n FROM candidates AS c WHERE c.run = $run GROUP BY c.stage
UNION ALL
SELECT CASE WHEN coalesce(k.post_hoc, false) THEN 'post_hoc' ELSE 'regime' END, k.regime, count(*)
FROM critiques AS k
JOIN candidates AS c ON c.candidate = k.candidate
WHERE c.run = $run
GROUP BY ALL
UNION ALL
SELECT 'comparator', l.comparator, count(*)
FROM labels AS l
JOIN candidates AS c ON c.candidate = l.candidate
WHERE c.run = $run AND l.gold_revision = $gold_revision AND l.verdict <> 'unknown'
GROUP BY l.comparator
ORDER BY kind, name
