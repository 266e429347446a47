-- The questions that do not count in some compared run, with the reason. A question that only another run leaves out is not_common.
WITH compared AS (
    SELECT DISTINCT benchmark, revision, run FROM question_outcomes
)
SELECT c.run, coalesce(o.excluded, 'not_in_run') AS reason, list(q.position ORDER BY q.position) AS positions
FROM compared AS c
JOIN lake.questions AS q USING (benchmark, revision)
LEFT JOIN question_outcomes AS o ON o.run = c.run AND o.position = q.position
WHERE o.run IS NULL OR o.excluded IS NOT NULL
GROUP BY ALL
ORDER BY ALL
