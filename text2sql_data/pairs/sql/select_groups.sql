-- The groups of pairs that no cap tells apart, with how many pairs each may keep at most and how many were offered.
WITH cells AS (
    SELECT
        k.type_key, k.origin_key, k.set_key, k.database_key, q.profile, q.questions, q.question, count(*) AS pairs
    FROM select_keyed AS k
    LEFT JOIN select_questions AS q USING (question)
    GROUP BY ALL
)
SELECT
    row_number() OVER (ORDER BY type_key, origin_key, set_key, database_key, profile) AS number,
    type_key, origin_key, set_key, database_key, profile, questions,
    sum(CASE WHEN profile IS NULL THEN pairs ELSE least(pairs, $per_question::BIGINT) END)::BIGINT AS size,
    sum(pairs)::BIGINT AS offered
FROM cells
GROUP BY type_key, origin_key, set_key, database_key, profile, questions
