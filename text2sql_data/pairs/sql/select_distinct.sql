-- The same, and of pairs of one question and agent with the same two results only the first. A rejected SQL that fails has no
-- result: it is the same as one with the same text. Where a result is not known, and for critiques, nothing is a near-duplicate;
-- fixes are one only if they answer the same prompt, for what a fixer learns from is the critique in it.
WITH grouped AS (
    SELECT
        *,
        reason IS NULL AND $drop_near_duplicates AND chosen_result IS NOT NULL AND rejected_status IS NOT NULL
            AND (agent IN ('sql', 'planner') OR (agent = 'fixer' AND prompt IS NOT NULL)) AS comparable,
        CASE agent WHEN 'fixer' THEN prompt END AS answered,
        coalesce(
            rejected_result::VARCHAR,
            rejected_status || chr(10) || rtrim(regexp_replace(trim(rejected_sql), '\s+', ' ', 'g'), '; ')
        ) AS rejected_group
    FROM select_checked
),
ordered AS (
    SELECT
        *,
        CASE WHEN comparable THEN first_value(pair) OVER (
            PARTITION BY comparable, question, agent, answered, chosen_result, rejected_group ORDER BY rank
        ) END AS first_pair
    FROM grouped
)
SELECT
    pair_set, pair, type, origin, db_id, question, rank,
    CASE WHEN first_pair <> pair THEN 'near_duplicate' ELSE reason END AS reason,
    CASE WHEN first_pair <> pair THEN 'both results are those of pair ' || first_pair::VARCHAR ELSE detail END AS detail
FROM ordered
