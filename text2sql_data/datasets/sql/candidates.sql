-- The candidates that a recipe reads, each with one comparator's verdict, what its SQL did, and its lot in the seeded draw.
SELECT
    j.candidate, j.run, j.benchmark, j.revision, j.position, j.db_id, j.sample, j.stage, j.step, j.parent, j.sql, j.sql_id,
    j.database, j.status, j.set_digest, j.verdict, j.reason, c.completion, c.prompt,
    sha256(concat_ws(chr(10), $seed, j.candidate)) AS draw
FROM judged_candidates AS j
JOIN candidates AS c ON c.candidate = j.candidate
LEFT JOIN (SELECT run, position, sample, step FROM taken_fixes WHERE gate = $gate) AS t
    ON t.run = j.run AND t.position = j.position AND t.sample = j.sample
WHERE
    j.comparator = $comparator
    AND j.gold_revision = $gold_revision
    AND list_contains($runs::VARCHAR[], j.run)
    AND CASE $agent
        WHEN 'planner' THEN j.stage = 'planner'
        WHEN 'fixer' THEN j.stage = 'fixer'
        WHEN 'repair' THEN j.stage <> 'fixer' AND j.step > 0
        WHEN 'sql' THEN ($gate = 'all' AND j.step >= 0) OR j.step = coalesce(t.step, 0)
        ELSE true
    END
