-- The questions that count in every chosen run of a benchmark.
CREATE TEMP TABLE common_questions AS
SELECT o.benchmark, o.revision, o.comparator, o.position
FROM question_outcomes AS o
JOIN (
    SELECT benchmark, revision, comparator, count(DISTINCT run) AS runs FROM question_outcomes GROUP BY ALL
) AS b USING (benchmark, revision, comparator)
WHERE o.excluded IS NULL
GROUP BY o.benchmark, o.revision, o.comparator, o.position, b.runs
HAVING count(*) = b.runs
