-- The runs of which a comparator has judged nothing, under the current settings.
SELECT comparator, list(run ORDER BY run) AS runs
FROM (
    SELECT comparator, run
    FROM question_outcomes
    GROUP BY comparator, run
    HAVING bool_and(excluded IS NOT NULL) AND bool_or(excluded = 'not_labelled')
)
GROUP BY comparator
ORDER BY comparator
