-- What a comparator says of the candidates of a run, for the gold revision that the run may see.
SELECT j.candidate, j.verdict
FROM judged_candidates AS j
WHERE j.run = $run AND j.comparator = $comparator AND j.gold_revision = $gold_revision
