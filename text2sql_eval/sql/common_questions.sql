-- The questions that count in every chosen run of a benchmark.
CREATE TEMP TABLE common_questions AS
WITH runs_of AS (
    SELECT benchmark, revision, comparator, count(DISTINCT run) AS runs FROM question_outcomes GROUP BY ALL
)
SELECT o.benchmark, o.revision, o.comparator, o.position
FROM question_outcomes AS o
JOIN runs_of AS r USING (benchmark, revision, comparator)
WHERE o.excluded IS NULL AND r.runs > 1
GROUP BY o.benchmark, o.revision, o.comparator, o.position, r.runs
HAVING count(*) = r.runs
