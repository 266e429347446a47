-- The questions of one revision of a benchmark, in order.
SELECT position, question_id, db_id, question
FROM questions
WHERE benchmark = $benchmark AND revision = $revision
ORDER BY position
