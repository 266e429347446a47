-- A comparator that has judged nothing of a run has no figures for it.
DELETE FROM question_outcomes WHERE (comparator, run) IN (
    SELECT (comparator, run)
    FROM question_outcomes
    GROUP BY comparator, run
    HAVING bool_and(excluded IS NOT NULL) AND bool_or(excluded = 'not_labelled')
)
