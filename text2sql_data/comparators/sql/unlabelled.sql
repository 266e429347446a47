-- Candidates of the chosen runs without a label of the chosen comparators and gold revisions, though their database is there.
SELECT count(DISTINCT j.candidate)
FROM judged_candidates AS j
WHERE j.verdict = 'unknown' AND j.reason IN ('not_executed', 'not_labelled') AND j.status <> 'no_database'
    AND list_contains($gold_revisions::VARCHAR[], j.gold_revision)
    AND list_contains($comparators::VARCHAR[], j.comparator)
    AND list_contains($runs::VARCHAR[], j.run)
