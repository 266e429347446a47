-- Rows that refer to a row that is not there. It should be empty.
-- column check: Name of the check.
-- column table: Table of the referring rows.
-- column rows: Number of such rows.
-- column example: One of the references.
SELECT 'dangling_reference' AS check, 'candidates' AS table, count(*) AS rows, min(run || ' ' || position) AS example
FROM candidates AS c
WHERE NOT EXISTS (
    FROM runs AS r JOIN questions AS q USING (benchmark, revision) WHERE r.run = c.run AND q.position = c.position
)
HAVING rows > 0
UNION ALL
SELECT 'dangling_reference', 'candidates.parent', count(*) AS rows, min(c.parent)::VARCHAR
FROM candidates AS c ANTI JOIN candidates AS p ON p.candidate = c.parent
WHERE c.parent IS NOT NULL
HAVING rows > 0
UNION ALL
SELECT 'dangling_reference', 'candidates.prompt', count(*) AS rows, min(c.prompt)::VARCHAR
FROM candidates AS c ANTI JOIN prompts AS p ON p.prompt = c.prompt
WHERE c.prompt IS NOT NULL
HAVING rows > 0
UNION ALL
SELECT 'dangling_reference', 'labels', count(*) AS rows, min(l.candidate)::VARCHAR
FROM labels AS l ANTI JOIN candidates AS c USING (candidate)
HAVING rows > 0
UNION ALL
SELECT 'dangling_reference', 'critiques', count(*) AS rows, min(l.candidate)::VARCHAR
FROM critiques AS l ANTI JOIN candidates AS c USING (candidate)
HAVING rows > 0
UNION ALL
SELECT 'dangling_reference', 'golds', count(*) AS rows, min(g.benchmark || ' ' || g.position)
FROM golds AS g ANTI JOIN questions AS q USING (benchmark, revision, position)
HAVING rows > 0
UNION ALL
SELECT 'dangling_reference', 'executions', count(*) AS rows, min(e.settings)
FROM executions AS e ANTI JOIN settings AS s USING (settings)
HAVING rows > 0
UNION ALL
SELECT 'dangling_reference', 'pairs', count(*) AS rows, min(p.pair_set)
FROM pairs AS p ANTI JOIN pair_sets AS s USING (pair_set)
HAVING rows > 0
UNION ALL
SELECT 'dangling_reference', 'pairs.prompt', count(*) AS rows, min(x.prompt)::VARCHAR
FROM pairs AS x ANTI JOIN prompts AS p ON p.prompt = x.prompt
WHERE x.prompt IS NOT NULL
HAVING rows > 0
UNION ALL
SELECT 'dangling_reference', 'pin_rows', count(*) AS rows, min(r.name || '@' || r.version)
FROM pin_rows AS r ANTI JOIN pins AS p USING (name, version)
HAVING rows > 0
UNION ALL
SELECT 'dangling_reference', 'calls', count(*) AS rows, min(c.run || ' ' || c.position)
FROM calls AS c ANTI JOIN runs AS r ON r.run = c.run
HAVING rows > 0
UNION ALL
SELECT 'dangling_reference', 'calls.prompt', count(*) AS rows, min(c.prompt)::VARCHAR
FROM calls AS c ANTI JOIN prompts AS p ON p.prompt = c.prompt
HAVING rows > 0
UNION ALL
SELECT 'dangling_reference', 'scores.candidate', count(*) AS rows, min(s.candidate)::VARCHAR
FROM scores AS s ANTI JOIN candidates AS c ON c.candidate = s.candidate
HAVING rows > 0
UNION ALL
SELECT 'dangling_reference', 'scores.selector', count(*) AS rows, min(s.selector)::VARCHAR
FROM scores AS s ANTI JOIN selectors AS n ON n.selector = s.selector
HAVING rows > 0
UNION ALL
SELECT 'dangling_reference', 'selections.candidate', count(*) AS rows, min(s.candidate)::VARCHAR
FROM selections AS s ANTI JOIN candidates AS c ON c.candidate = s.candidate
HAVING rows > 0
UNION ALL
SELECT 'dangling_reference', 'selections.selector', count(*) AS rows, min(s.selector)::VARCHAR
FROM selections AS s ANTI JOIN selectors AS n ON n.selector = s.selector
HAVING rows > 0
UNION ALL
SELECT 'dangling_reference', 'judgements.prompt', count(*) AS rows, min(j.prompt)::VARCHAR
FROM judgements AS j ANTI JOIN prompts AS p ON p.prompt = j.prompt
HAVING rows > 0
UNION ALL
SELECT 'dangling_reference', 'feature_values', count(*) AS rows, min(v.candidate)::VARCHAR
FROM feature_values AS v ANTI JOIN candidates AS c ON c.candidate = v.candidate
HAVING rows > 0
