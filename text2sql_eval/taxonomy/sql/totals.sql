-- One row a run: what was looked at, and the questions that do not count, by reason.
WITH present AS (
    SELECT run, position, any_value(excluded) AS excluded FROM error_types WHERE step >= 0 GROUP BY run, position
),
reasons AS (
    SELECT run, excluded AS reason, count(*) AS n FROM present WHERE excluded IS NOT NULL GROUP BY ALL
    UNION ALL
    SELECT r.run, 'not_in_run', count(*)
    FROM runs AS r
    JOIN questions AS q ON q.benchmark = r.benchmark AND q.revision = r.revision
    ANTI JOIN present AS p ON p.run = r.run AND p.position = q.position
    WHERE r.run IN (SELECT run FROM present)
    GROUP BY r.run
),
listed AS (
    SELECT run, map_from_entries(list((reason, n) ORDER BY reason)) AS excluded FROM reasons GROUP BY run
),
counted AS (
    SELECT
        run,
        count(DISTINCT position) AS questions,
        count(*) AS answers,
        count_if(error_type = 'correct') AS correct,
        count_if(error_type IN ('timeout', 'memory', 'crashed')) AS unanswered
    FROM taxonomy_answers
    WHERE excluded IS NULL
    GROUP BY run
)
SELECT
    r.run, r.system, r.benchmark, r.revision,
    coalesce(c.questions, 0) AS questions,
    coalesce(c.answers, 0) AS answers,
    coalesce(c.correct, 0) AS correct,
    coalesce(c.unanswered, 0) AS unanswered,
    coalesce(l.excluded, MAP {}::MAP(VARCHAR, BIGINT)) AS excluded
FROM runs AS r
LEFT JOIN counted AS c ON c.run = r.run
LEFT JOIN listed AS l ON l.run = r.run
WHERE r.run IN (SELECT run FROM present)
ORDER BY r.run
