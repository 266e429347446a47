-- Why a question that was looked at has no pair.
SELECT version, agent, reason, count(*) AS questions
FROM report_questions
WHERE looked_at AND reason IS NOT NULL
GROUP BY ALL
ORDER BY version, agent, questions DESC, reason
