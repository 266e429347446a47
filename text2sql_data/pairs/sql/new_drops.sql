-- The pairs that the set leaves out: what the finder dropped, and what is no pair or one twice. A pair that stays is not dropped.
WITH dropped AS (
    SELECT pair, source_set, type, benchmark, revision, position, reason, detail, 0 AS place FROM found_drops
    UNION ALL
    SELECT
        pair, NULL, type, benchmark, revision, position, drop,
        CASE drop WHEN 'same_text' THEN 'chosen and rejected are the same text' ELSE 'the same pair was found before' END,
        1
    FROM identified_pairs
    WHERE drop IS NOT NULL
)
SELECT getvariable('pair_set') AS pair_set, pair, source_set, type, benchmark, revision, position, reason, detail
FROM dropped
WHERE pair NOT IN (SELECT pair FROM identified_pairs WHERE drop IS NULL)
QUALIFY row_number() OVER (PARTITION BY pair ORDER BY place, reason, detail) = 1
