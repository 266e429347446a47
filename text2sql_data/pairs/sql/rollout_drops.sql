-- The table found_drops that recording reads; a pair that is left out has the identity that it would have had (see identified_pairs.sql).
SELECT
    substr(
        sha256(
            concat_ws(
                chr(10), type, coalesce(benchmark, ''), coalesce(db_id, ''), coalesce(position::VARCHAR, ''),
                coalesce(prompt::VARCHAR, ''), coalesce(rejected_prompt::VARCHAR, ''), sha256(chosen), sha256(rejected), context
            )
        ),
        1, 32
    )::UUID AS pair,
    NULL::VARCHAR AS source_set,
    type, benchmark, revision, position, reason,
    CASE reason
        WHEN 'same_text' THEN 'one answer, which came out both ways'
        WHEN 'both_ways' THEN 'every answer to this prompt came out both ways'
        WHEN 'no_margin' THEN concat('reward ', chosen_reward, ' against ', rejected_reward)
        WHEN 'same_critique' THEN 'an earlier pair of the question shows the same critiques'
    END AS detail
FROM rollout_found
WHERE reason IS NOT NULL
