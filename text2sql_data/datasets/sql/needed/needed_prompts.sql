-- The prompts of those candidates, of their critiques, and of the pairs.
SELECT prompt FROM candidates WHERE run IN (FROM needed_runs)
UNION
SELECT prompt FROM critiques WHERE candidate IN (FROM needed_candidates)
UNION
SELECT unnest([prompt, rejected_prompt]) FROM pairs WHERE pair_set IN (FROM needed_pair_sets)
