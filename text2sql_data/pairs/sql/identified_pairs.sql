-- What was found, with the identity of each pair and why it is left out, if it is: its texts are equal, or an earlier one is the same pair.
WITH identified AS (
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
        *
    FROM found_pairs
)
SELECT
    *,
    CASE
        WHEN chosen = rejected AND prompt IS NOT DISTINCT FROM coalesce(rejected_prompt, prompt) THEN 'same_text'
        WHEN row_number() OVER (PARTITION BY pair ORDER BY place) > 1 THEN 'duplicate'
    END AS drop
FROM identified
