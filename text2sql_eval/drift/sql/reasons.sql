-- What the labels say of the answers that moved, counted.
SELECT benchmark, revision, change, reason_from, reason_to, count(*) AS answers, count(DISTINCT position) AS questions
FROM drift_moved
GROUP BY ALL
ORDER BY benchmark, revision, change, answers DESC, reason_from, reason_to
