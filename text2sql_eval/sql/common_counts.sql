-- How many questions the runs of a benchmark have each, and in common.
SELECT benchmark, comparator, list(run ORDER BY run), list(n ORDER BY run), coalesce(any_value(c.questions), 0)
FROM (
    SELECT benchmark, revision, comparator, run, count(*) FILTER (excluded IS NULL) AS n
    FROM question_outcomes GROUP BY ALL
)
LEFT JOIN (
    SELECT benchmark, revision, comparator, count(*) AS questions FROM common_questions GROUP BY ALL
) AS c USING (benchmark, revision, comparator)
GROUP BY benchmark, revision, comparator
HAVING count(*) > 1
ORDER BY benchmark, comparator
