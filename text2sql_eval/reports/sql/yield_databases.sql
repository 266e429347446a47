-- What each database gave.
SELECT
    version, db_id,
    count(*) FILTER (looked_at) AS looked_at,
    count(*) FILTER (pairs > 0) AS with_pair,
    sum(pairs)::BIGINT AS pairs
FROM report_questions
WHERE db_id IS NOT NULL
GROUP BY ALL
ORDER BY version, pairs DESC, db_id
