-- The verdicts of every comparator on the candidates of some runs for a question, for every gold revision.
SELECT candidate, comparator, gold_revision, verdict, reason
FROM judged_candidates
WHERE list_contains($runs::VARCHAR[], run) AND position = $position
ORDER BY gold_revision <> 'original', gold_revision, comparator
