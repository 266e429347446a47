-- How much the fixers of the runs that agents' pairs come from depend on what they read.
SELECT
    v.version, s.run, s.comparator, s.gold_revision, s.validator, s.other_pairs, s.other_questions,
    s.sql_sensitivity, s.sql_base_rate, s.other_results, s.result_sensitivity, s.result_base_rate,
    s.other_verdicts, s.verdict_sensitivity, s.verdict_base_rate, s.same_pairs
FROM critique_sensitivity AS s
JOIN (SELECT DISTINCT version, run FROM report_pairs WHERE run IS NOT NULL AND agent <> 'sql') AS v USING (run)
ORDER BY v.version, s.run, s.comparator, s.gold_revision, s.validator <> 'all', s.validator
