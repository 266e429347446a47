-- A question id that several questions of a run's benchmark have; NULL where several have none.
SELECT q.question_id
FROM runs AS r
JOIN questions AS q ON q.benchmark = r.benchmark AND q.revision = r.revision
WHERE r.run = $run
GROUP BY q.question_id
HAVING count(*) > 1
ORDER BY q.question_id
LIMIT 1
