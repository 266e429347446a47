-- The critiques of a run in one regime with the question that they belong to, but those that were written after the rollout.
SELECT c.position, k.candidate, k.validator, k.ordinal, k.text, k.prompt, k.logprob
FROM critiques AS k
JOIN candidates AS c ON c.candidate = k.candidate AND c.run = $run
WHERE k.regime = $regime AND NOT coalesce(k.post_hoc, false)
