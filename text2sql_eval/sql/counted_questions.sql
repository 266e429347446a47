-- What each run achieved on each question that counts, with what intervals are clustered by.
SELECT
    o.benchmark, o.revision, o.comparator, o.run, o.position, q.db_id, q.difficulty,
    o.samples, o.correct_samples, o.greedy, o.pipeline, o.majority,
    o.candidates, o.correct_candidates, o.executable_candidates, o.unanswered_candidates
FROM question_outcomes AS o
JOIN lake.questions AS q USING (benchmark, revision, position)
WHERE o.excluded IS NULL
ORDER BY o.benchmark, o.revision, o.comparator, o.run, o.position
