-- How many of the answers about each database have each type of error.
SELECT
    run, db_id, error_type, count(*) AS answers,
    sum(count(*)) OVER (PARTITION BY run, db_id)::BIGINT AS of_database
FROM taxonomy_answers
WHERE excluded IS NULL
GROUP BY run, db_id, error_type
QUALIFY error_type <> 'correct'
ORDER BY run, db_id, answers DESC, error_type
