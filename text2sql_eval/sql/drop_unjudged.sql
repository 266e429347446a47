-- A comparator that never judged a run has nothing to say about it.
DELETE FROM question_outcomes WHERE (run, comparator) IN (
    SELECT (run, comparator) FROM question_outcomes GROUP BY run, comparator
    HAVING bool_and(excluded IS NOT NULL AND excluded = 'not_labelled')
)
