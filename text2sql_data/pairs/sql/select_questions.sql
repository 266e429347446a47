-- The questions that have more pairs than they may keep, in profiles: those of one profile have the same numbers of pairs in the
-- same groups, no group counted beyond what a question may keep. `spot` is the order of the question in its profile.
WITH cells AS (
    SELECT
        question, type_key, origin_key, set_key, database_key, count(*) AS pairs, min(rank) AS rank
    FROM select_keyed
    WHERE $per_question IS NOT NULL
    GROUP BY question, type_key, origin_key, set_key, database_key
),
contents AS (
    SELECT
        question, min(rank) AS rank,
        list(
            {
                't': type_key, 'o': origin_key, 's': set_key, 'd': database_key, 'n': least(pairs, $per_question::BIGINT)
            }
            ORDER BY type_key, origin_key, set_key, database_key
        ) AS content
    FROM cells
    GROUP BY question
    HAVING sum(pairs) > $per_question::BIGINT
),
numbered AS (
    SELECT question, rank, dense_rank() OVER (ORDER BY content::VARCHAR) AS profile FROM contents
)
SELECT
    question, profile,
    row_number() OVER (PARTITION BY profile ORDER BY rank) - 1 AS spot,
    count(*) OVER (PARTITION BY profile) AS questions
FROM numbered
