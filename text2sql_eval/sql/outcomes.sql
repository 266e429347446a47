-- The outcomes that figures are wanted for.
SELECT * FROM lake.question_outcomes
WHERE gate = $gate AND gold_revision = $gold_revision
    AND ($comparators IS NULL OR list_contains($comparators::VARCHAR[], comparator))
    AND ($runs IS NULL OR list_contains($runs::VARCHAR[], run))
    AND ($benchmarks IS NULL OR list_contains($benchmarks::VARCHAR[], benchmark))
