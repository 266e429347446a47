-- How many questions, or samples, came to each end.
SELECT run, status, count(*) AS n
FROM taxonomy_repairs
WHERE status IS NOT NULL
GROUP BY run, status
ORDER BY run, status
