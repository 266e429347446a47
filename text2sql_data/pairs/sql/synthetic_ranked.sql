-- The mutants in the order in which a question takes them: those that execute before those that do not, and one of each type
-- before a second one of any.
WITH turns AS (
    SELECT
        *,
        row_number() OVER (PARTITION BY benchmark, revision, position, type ORDER BY status <> 'ok', chance) AS turn,
        sha256(concat_ws(chr(10), $seed, benchmark, revision, position::VARCHAR, type)) AS type_chance
    FROM synthetic_judged
    WHERE reason IS NULL
),
taken AS (
    SELECT * EXCLUDE (reason), 'per_question' AS reason
    FROM turns
    QUALIFY row_number() OVER (PARTITION BY benchmark, revision, position ORDER BY status <> 'ok', turn, type_chance) > $per_question
    UNION ALL BY NAME
    SELECT * EXCLUDE (reason), NULL AS reason
    FROM turns
    QUALIFY row_number() OVER (PARTITION BY benchmark, revision, position ORDER BY status <> 'ok', turn, type_chance) <= $per_question
)
SELECT
    place, status, reason,
    row_number() OVER (PARTITION BY status = 'ok', reason ORDER BY chance) AS rank
FROM taken
