-- The sensitivity of the chosen runs, or of all, by one comparator.
SELECT
    run, comparator, gold_revision, validator, rollouts, doubted, fixed, doubted_fixed, doubted_changed, undoubted_fixed,
    undoubted_changed, other_pairs, other_questions, other_sql, other_results, other_result, other_verdicts, other_verdict,
    same_pairs, same_questions, same_sql, same_results, same_result, same_verdicts, same_verdict,
    sql_sensitivity, sql_base_rate, result_sensitivity, result_base_rate, verdict_sensitivity, verdict_base_rate
FROM critique_sensitivity
WHERE
    comparator = $comparator
    AND gold_revision = $gold_revision
    AND (len($runs::VARCHAR[]) = 0 OR list_contains($runs::VARCHAR[], run))
    AND ($validators::BOOLEAN OR validator = 'all')
ORDER BY list_position($runs::VARCHAR[], run), run, list_position(['all', 'select', 'condition', 'join', 'order'], validator), validator
