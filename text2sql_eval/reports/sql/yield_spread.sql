-- How many questions have so many pairs; the last count is "so many or more". Where nothing was looked at, only questions with a pair.
SELECT version, least(pairs, $most)::INTEGER AS pairs, count(*) AS questions
FROM report_questions
GROUP BY ALL
ORDER BY ALL
