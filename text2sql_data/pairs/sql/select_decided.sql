-- Every pair that passed the filters, and whether it stays. A group keeps its first pairs; where a question has a cap of its own,
-- the pairs of the group go round the questions of the profile, beginning where the group before it ended.
WITH shared AS (
    SELECT
        k.pair_set, k.pair, k.question, k.rank, k.type_key, k.origin_key, k.set_key, k.database_key, g.number,
        CASE WHEN q.profile IS NOT NULL THEN k.question END AS own_question,
        CASE
            WHEN q.profile IS NULL THEN a.kept
            ELSE (a.kept + q.questions - 1 - ((q.spot - a.begin + q.questions) % q.questions)) // q.questions
        END AS quota
    FROM select_keyed AS k
    LEFT JOIN select_questions AS q USING (question)
    JOIN select_groups AS g
        ON g.type_key IS NOT DISTINCT FROM k.type_key AND g.origin_key IS NOT DISTINCT FROM k.origin_key
        AND g.set_key IS NOT DISTINCT FROM k.set_key AND g.database_key IS NOT DISTINCT FROM k.database_key
        AND g.profile IS NOT DISTINCT FROM q.profile
    JOIN select_allocated AS a ON a.number = g.number
)
SELECT
    pair_set, pair, question, type_key, origin_key, set_key, database_key,
    row_number() OVER (PARTITION BY number, own_question ORDER BY rank) <= quota AS kept
FROM shared
