-- Every offered pair, which question it is about, its order among those that may stay, and the first filter that it does not pass.
WITH offered AS (
    SELECT
        pair_set, pair, place, type, origin, agent, db_id, prompt, rejected_result, rejected_sql, rejected_status, rejected_executes,
        -- The result of another SQL than the answer, as the final one is in joint, makes no answers near-duplicates.
        CASE WHEN chosen = chosen_sql AND rejected = rejected_sql THEN chosen_result END AS chosen_result,
        margin, edit_ratio, length_ratio,
        -- A pair that was imported and matched no question has its prompt in place of one.
        CASE
            WHEN position IS NOT NULL THEN concat_ws(chr(10), 'question', benchmark, revision, position::VARCHAR)
            WHEN prompt IS NOT NULL THEN concat_ws(chr(10), 'prompt', db_id, prompt::VARCHAR)
            ELSE concat_ws(chr(10), 'pair', pair::VARCHAR)
        END AS question,
        row_number() OVER (
            ORDER BY
                CASE $prefer WHEN 'margin' THEN -margin WHEN 'similar' THEN edit_ratio END,
                sha256(concat_ws(chr(10), $seed, pair::VARCHAR)), pair_set
        ) AS rank,
        row_number() OVER (PARTITION BY pair ORDER BY place, pair_set) AS copy
    FROM offered_pairs
)
SELECT
    pair_set, pair, type, origin, agent, db_id, prompt, question, rank, chosen_result, rejected_result, rejected_sql,
    rejected_status,
    CASE
        WHEN copy > 1 THEN 'duplicate'
        WHEN len($types) > 0 AND NOT list_contains($types::VARCHAR[], type) THEN 'type'
        WHEN list_contains($exclude_types::VARCHAR[], type) THEN 'type'
        WHEN len($origins) > 0 AND NOT list_contains($origins::VARCHAR[], origin) THEN 'origin'
        WHEN list_contains($exclude_origins::VARCHAR[], origin) THEN 'origin'
        WHEN margin IS NULL AND coalesce($min_margin::DOUBLE, $max_margin::DOUBLE) IS NOT NULL THEN 'margin_unknown'
        WHEN margin < $min_margin::DOUBLE OR margin > $max_margin::DOUBLE THEN 'reward_margin'
        WHEN edit_ratio < $min_edit_ratio::DOUBLE OR edit_ratio > $max_edit_ratio::DOUBLE THEN 'edit_ratio'
        WHEN length_ratio > $max_length_ratio::DOUBLE THEN 'length_ratio'
        WHEN $executable_rejected_only AND rejected_executes IS NULL THEN 'executability_unknown'
        WHEN $executable_rejected_only AND NOT rejected_executes THEN 'not_executable'
    END AS reason,
    CASE reason
        WHEN 'duplicate' THEN 'the same pair is in a set that was named before'
        WHEN 'type' THEN type || ' is left out'
        WHEN 'origin' THEN origin || ' is left out'
        WHEN 'margin_unknown' THEN 'the file states no rewards'
        WHEN 'reward_margin' THEN
            round(margin, 4)::VARCHAR || CASE
                WHEN margin < $min_margin::DOUBLE THEN ' is less than ' || $min_margin::DOUBLE::VARCHAR
                ELSE ' is more than ' || $max_margin::DOUBLE::VARCHAR
            END
        WHEN 'edit_ratio' THEN
            round(edit_ratio, 4)::VARCHAR || CASE
                WHEN edit_ratio < $min_edit_ratio::DOUBLE THEN ' is less than ' || $min_edit_ratio::DOUBLE::VARCHAR
                ELSE ' is more than ' || $max_edit_ratio::DOUBLE::VARCHAR
            END
        WHEN 'length_ratio' THEN round(length_ratio, 4)::VARCHAR || ' is more than ' || $max_length_ratio::DOUBLE::VARCHAR
        WHEN 'executability_unknown' THEN 'the rejected SQL was not executed'
        WHEN 'not_executable' THEN 'the rejected SQL ends with ' || coalesce(rejected_status, 'an error, as its source says')
    END AS detail
FROM offered
