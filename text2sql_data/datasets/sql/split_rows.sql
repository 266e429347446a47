-- The rows with their split. A question text that two splits would have stays in the later one: a model is not to be judged on what
-- it was trained on. A row whose database (or question) nobody knows cannot be kept apart from others: the text of its
-- prompt tells no question, for two prompts may ask the same one.
WITH placed AS (
    SELECT
        r.*,
        s.split,
        list_position(['train', 'validation', 'test'], s.split) AS rank
    FROM kept_rows AS r
    LEFT JOIN split_groups AS s ON s.name = CASE WHEN $by = 'database' THEN r.database_group WHEN r.question_known THEN r.question_key END
)
SELECT
    * EXCLUDE (rank),
    CASE
        WHEN split IS NULL THEN 'no_group'
        WHEN rank < max(rank) OVER (PARTITION BY question_key) THEN 'question_in_other_split'
    END AS drop
FROM placed
