-- Runs over the latest revision of a benchmark that have an answer to a question.
SELECT DISTINCT r.run
FROM runs AS r
JOIN candidates AS c ON c.run = r.run
WHERE r.benchmark = $benchmark AND r.revision = $revision AND c.position = $position
ORDER BY r.run
