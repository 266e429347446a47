-- The mutants that make no pair, and why.
SELECT
    pair, NULL::VARCHAR AS source_set, type, benchmark, revision, position, reason,
    CASE reason
        WHEN 'same_result' THEN 'its result is that of the correct query'
        WHEN 'known_correct' THEN 'its result is that of a gold'
        WHEN 'not_executable' THEN 'the set has its share of queries that do not execute'
        WHEN 'per_question' THEN 'the question has its number of pairs'
        WHEN 'duplicate' THEN 'the same pair was made before'
        WHEN 'undecided' THEN 'digests do not decide whether its result differs'
        ELSE coalesce(error, reason)
    END || ' (' || mutation || ')' AS detail
FROM synthetic_decided
WHERE reason IS NOT NULL
