-- The questions that count in all compared runs, as a person would look them up.
SELECT DISTINCT q.position, q.question_id, q.db_id, q.question
FROM question_outcomes AS o
JOIN lake.questions AS q USING (benchmark, revision, position)
WHERE o.excluded IS NULL
ORDER BY q.position
