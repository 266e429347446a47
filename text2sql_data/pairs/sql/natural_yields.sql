-- Every question of the runs, with the reason that holds if it gave no pair.
WITH questions_of_runs AS (
    SELECT
        run, position,
        count(reward) AS known,
        count_if(reward IS NOT NULL AND sql_id IS NOT NULL) AS answers,
        min(sql_id) FILTER (reward IS NOT NULL) = max(sql_id) FILTER (reward IS NOT NULL) AS same_sql,
        count_if(verdict = 'correct') AS correct,
        count_if(verdict = 'wrong' AND reward IS NOT NULL AND sql_id IS NOT NULL) AS wrong,
        -- Wrong, but nobody says whether it executes.
        count_if(verdict = 'wrong' AND reward IS NULL) AS unrewarded
    FROM judged
    GROUP BY run, position
),
found AS (
    SELECT run, position, bool_or(list_contains($types::VARCHAR[], type)) AS asked FROM natural_pairs GROUP BY run, position
)
SELECT
    'sql' AS agent,
    q.run,
    q.position,
    CASE
        WHEN f.asked THEN 'duplicate'
        WHEN NOT f.asked THEN 'other_type'
        WHEN q.known = 0 OR (q.wrong = 0 AND q.unrewarded > 0) THEN 'unknown'
        WHEN q.answers = 0 THEN 'no_sql'
        WHEN q.same_sql THEN 'one_answer'
        WHEN q.wrong = 0 THEN 'all_correct'
        WHEN q.correct = 0 THEN 'none_correct'
        ELSE 'no_common_prompt'
    END AS reason
FROM questions_of_runs AS q
LEFT JOIN found AS f USING (run, position)
