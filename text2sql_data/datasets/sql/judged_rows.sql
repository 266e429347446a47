-- The rows that were made, with what leaves them out before they are divided: the same content twice, or two rows that say the opposite.
SELECT
    r.* EXCLUDE (claim, stance, content_digest),
    CASE
        WHEN r.claim IS NOT NULL AND count(DISTINCT r.stance) OVER (PARTITION BY r.claim) > 1 THEN 'contradiction'
        WHEN row_number() OVER (PARTITION BY r.content_digest ORDER BY r.draw, r.row) > 1 THEN 'duplicate'
    END AS drop
FROM made_rows AS r
