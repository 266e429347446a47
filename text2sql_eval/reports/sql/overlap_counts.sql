-- How many questions and pairs of each version overlap, by each of the three rules.
SELECT
    version, rule,
    count(*) FILTER (is_shared) AS questions,
    coalesce(sum(pairs) FILTER (is_shared), 0)::BIGINT AS pairs,
    count(*) FILTER (is_shared IS NOT NULL) AS n_questions,
    coalesce(sum(pairs) FILTER (is_shared IS NOT NULL), 0)::BIGINT AS n_pairs,
    coalesce(sum(pairs) FILTER (is_shared IS NULL), 0)::BIGINT AS unknown_pairs
FROM (
    SELECT version, pairs, 'question' AS rule, CASE WHEN position IS NOT NULL THEN coalesce(same_question, false) END AS is_shared
    FROM report_overlaps
    UNION ALL
    SELECT version, pairs, 'text', CASE WHEN question IS NOT NULL THEN coalesce(same_text, false) END FROM report_overlaps
    UNION ALL
    SELECT version, pairs, 'database', CASE WHEN db_id IS NOT NULL THEN coalesce(same_database, false) END FROM report_overlaps
)
GROUP BY ALL
ORDER BY ALL
