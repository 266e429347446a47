-- What a comparator says of the staged final answers. For fitting only: no selector reads it.
SELECT j.candidate::VARCHAR, j.verdict, j.reason
FROM lake.judged_candidates AS j
SEMI JOIN temp.answers_seen AS a ON a.candidate = j.candidate
WHERE j.comparator = $comparator AND j.gold_revision = $gold_revision
