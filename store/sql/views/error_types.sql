-- Every candidate with the type of its error, where its question counts in figures: candidate_errors, and the questions of which some candidate has no verdict.
-- reads: candidate_errors
-- like: candidate_errors
-- column excluded: Why the question does not count in any figure of the run: no_database, gold_error, gold_timeout, ..., not_executed, not_labelled. NULL when it counts.
-- column error_type: As in candidate_errors; NULL when the question does not count.
SELECT
    c.* EXCLUDE (no_verdict, error_type),
    x.excluded,
    CASE WHEN x.excluded IS NULL THEN c.error_type END AS error_type
FROM candidate_errors AS c
LEFT JOIN (
    SELECT comparator, gold_revision, run, position, max(no_verdict) AS excluded
    FROM candidate_errors
    -- The fix of a further set of critiques excludes no question, as in question_outcomes.
    WHERE no_verdict IS NOT NULL AND step >= 0
    GROUP BY comparator, gold_revision, run, position
) AS x
    ON x.comparator = c.comparator AND x.gold_revision = c.gold_revision AND x.run = c.run AND x.position = c.position
