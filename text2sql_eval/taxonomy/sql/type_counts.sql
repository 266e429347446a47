-- How many answers, and to how many questions, have each type of error.
SELECT run, error_type, count(*) AS answers, count(DISTINCT position) AS questions
FROM taxonomy_answers
WHERE excluded IS NULL AND error_type <> 'correct'
GROUP BY run, error_type
ORDER BY run, answers DESC, error_type
