-- What was said of some candidates.
SELECT candidate, validator, regime, ordinal, verdict, text, logprob, coalesce(post_hoc, false) AS post_hoc
FROM critiques
WHERE list_contains($candidates::UUID[], candidate)
ORDER BY candidate, validator, ordinal, regime
