-- The use of the question cap: the most pairs that a question keeps, and that one was offered.
SELECT
    'question' AS "by", '' AS value, $per_question::DOUBLE AS at_most, $per_question::BIGINT AS allowed,
    coalesce(max(kept), 0)::BIGINT AS kept, coalesce(max(offered), 0)::BIGINT AS offered, coalesce(sum(kept), 0)::BIGINT AS total
FROM (SELECT question, count(*) FILTER (WHERE kept) AS kept, count(*) AS offered FROM select_decided GROUP BY question)
