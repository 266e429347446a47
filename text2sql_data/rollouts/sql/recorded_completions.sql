-- What a run recorded, by its place: completions of the candidates, or the SQL itself where the completion is not known, and the
-- critiques that were written during the rollout, under stage and sample of the candidate that they criticise.
-- $run: the run.
SELECT position, stage, sample, NULL AS validator, NULL AS ordinal, coalesce(completion, sql) AS text
FROM candidates
WHERE run = $run AND coalesce(completion, sql) IS NOT NULL
UNION ALL
SELECT c.position, c.stage, c.sample, k.validator, k.ordinal, k.text
FROM critiques AS k
JOIN candidates AS c USING (candidate)
WHERE c.run = $run AND k.post_hoc IS NOT TRUE
