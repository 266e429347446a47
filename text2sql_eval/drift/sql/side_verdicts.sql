-- The verdict of one side on every candidate of the staged runs, and whether the candidate is the final answer of its sample.
SELECT
    j.run, j.position, j.sample, j.step, j.candidate, j.verdict, j.reason, j.step = coalesce(t.step, 0) AS final
FROM lake.judged_candidates AS j
LEFT JOIN lake.taken_fixes AS t
    ON t.gate = $gate AND t.run = j.run AND t.position = j.position AND t.sample = j.sample
WHERE j.comparator = $comparator AND j.gold_revision = $gold_revision AND j.step >= 0
    AND j.run IN (SELECT run FROM question_outcomes)
