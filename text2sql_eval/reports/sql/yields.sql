-- Questions that were looked at, those with a pair, and their pairs, by version and agent; without an agent over all.
-- Pairs of questions that nothing says were looked at (imported ones) are counted by themselves.
SELECT
    version, agent,
    count(*) FILTER (looked_at) AS questions,
    count(*) FILTER (looked_at AND pairs > 0) AS with_pair,
    coalesce(sum(pairs) FILTER (looked_at), 0)::BIGINT AS pairs,
    count(*) FILTER (NOT looked_at) AS other_questions,
    coalesce(sum(pairs) FILTER (NOT looked_at), 0)::BIGINT AS other_pairs
FROM report_questions
GROUP BY GROUPING SETS ((version), (version, agent))
ORDER BY version, agent NULLS FIRST
