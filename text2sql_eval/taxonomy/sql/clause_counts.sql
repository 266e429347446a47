-- How many answers with each type of error differ from the gold in each clause; an answer may differ in several.
WITH differing AS (
    SELECT
        a.run, a.error_type,
        unnest(
            CASE
                WHEN d.sql_id IS NULL THEN ['not_compared']
                WHEN NOT d.parsed THEN ['not_parsed']
                WHEN len(d.clauses) = 0 THEN ['none']
                ELSE d.clauses
            END
        ) AS clause
    FROM taxonomy_answers AS a
    LEFT JOIN sql_differences AS d
        ON d.sql_id = a.sql_id AND d.other = a.gold_sql_id AND d.version = $version
    WHERE a.excluded IS NULL AND a.error_type <> 'correct'
)
SELECT run, error_type, clause, count(*) AS answers
FROM differing
GROUP BY run, error_type, clause
ORDER BY run, answers DESC, error_type, clause
