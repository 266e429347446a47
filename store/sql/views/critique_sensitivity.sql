-- How much a fixer's SQL depends on the critiques that it reads: over every two rollouts of one run in which fixers were given the same SQL of the same question. Beside it how often two fixes differ although the critiques are the same, which is sampling.
-- reads: rollouts, judged_candidates, divided_runs
-- column run: Run.
-- column comparator: Comparator of the verdicts; what is not about verdicts is the same for each of them.
-- column gold_revision: Gold revision of the verdicts.
-- column validator: all: two sets of critiques differ when any text in them does. A validator: its critiques differ and all the others are the same.
-- column rollouts: Rollouts of the run.
-- column doubted: Those in which a critique (of this validator) says incorrect.
-- column fixed: Rollouts in which the fixer was called.
-- column doubted_fixed: Doubted rollouts in which the fixer was called.
-- column doubted_changed: Those of them whose fix is another SQL than the planner's.
-- column undoubted_fixed: Rollouts without such a doubt in which the fixer was called.
-- column undoubted_changed: Those of them whose fix is another SQL than the planner's.
-- column other_pairs: Pairs of fixes of the same SQL that read other critiques.
-- column other_questions: Questions that these come from.
-- column other_sql: Those that are different SQL.
-- column other_results: Those of which both results are known; a SQL that fails has the result failed.
-- column other_result: Those of them whose results differ.
-- column other_verdicts: Those of which both verdicts are known.
-- column other_verdict: Those of them of which one is correct and one is wrong.
-- column same_pairs: Pairs of fixes of the same SQL that read the same critiques.
-- column same_questions: Questions that these come from.
-- column same_sql: Those that are different SQL.
-- column same_results: Those of which both results are known.
-- column same_result: Those of them whose results differ.
-- column same_verdicts: Those of which both verdicts are known.
-- column same_verdict: Those of them of which one is correct and one is wrong.
-- column sql_sensitivity: other_sql / other_pairs, from 0 to 1.
-- column sql_base_rate: same_sql / same_pairs: what sampling alone does.
-- column result_sensitivity: other_result / other_results.
-- column result_base_rate: same_result / same_results.
-- column verdict_sensitivity: other_verdict / other_verdicts.
-- column verdict_base_rate: same_verdict / same_verdicts.
WITH texts AS (
    SELECT candidate, validator, ordinal, verdict, sha256(text) AS text
    FROM critiques
    WHERE NOT coalesce(post_hoc, false)
),
validators AS (
    SELECT DISTINCT c.run, t.validator FROM texts AS t JOIN candidates AS c ON c.candidate = t.candidate WHERE c.step = 0
),
-- Each rollout as seen by all validators together, and by each of them: what it read, and what else it read.
seen AS (
    SELECT run, position, planner_sql_id, fix, changed, 'all' AS validator, critique_set::VARCHAR AS read, NULL AS others, doubted
    FROM rollouts
    UNION ALL
    SELECT
        r.run, r.position, r.planner_sql_id, r.fix, r.changed, v.validator,
        string_agg(t.text, ',' ORDER BY t.ordinal, t.text) FILTER (t.validator = v.validator),
        string_agg(concat_ws(' ', t.validator, t.text), ',' ORDER BY t.validator, t.ordinal, t.text) FILTER (t.validator <> v.validator),
        coalesce(bool_or(t.verdict = 'incorrect') FILTER (t.validator = v.validator), false)
    FROM rollouts AS r
    JOIN validators AS v ON v.run = r.run
    LEFT JOIN divided_runs AS d ON d.run = r.run
    LEFT JOIN texts AS t ON t.candidate = r.planner AND (t.ordinal = r.ordinal OR d.run IS NULL)
    GROUP BY r.run, r.position, r.planner, r.ordinal, r.planner_sql_id, r.fix, r.changed, v.validator
),
calls AS (
    SELECT
        run, validator,
        count(*) AS rollouts,
        count_if(doubted) AS doubted,
        count(fix) AS fixed,
        count_if(doubted AND fix IS NOT NULL) AS doubted_fixed,
        count_if(doubted AND changed) AS doubted_changed,
        count_if(NOT doubted AND fix IS NOT NULL) AS undoubted_fixed,
        count_if(NOT doubted AND changed) AS undoubted_changed
    FROM seen
    GROUP BY run, validator
),
facts AS (
    SELECT
        j.candidate, j.comparator, j.gold_revision,
        coalesce(j.sql_id::VARCHAR, 'none') AS sql,
        CASE
            WHEN j.status = 'ok' THEN j.set_digest::VARCHAR
            WHEN j.status IN ('error', 'rejected', 'no_sql') THEN 'failed'
        END AS result,
        CASE WHEN j.verdict <> 'unknown' THEN j.verdict END AS verdict
    FROM judged_candidates AS j
    SEMI JOIN rollouts AS r ON r.fix = j.candidate
),
fixes AS (
    SELECT
        s.run, s.validator, f.comparator, f.gold_revision, s.position, s.planner_sql_id, s.others, s.read, m.measure, m.value
    FROM seen AS s
    JOIN facts AS f ON f.candidate = s.fix
    CROSS JOIN LATERAL (VALUES ('sql', f.sql), ('result', f.result), ('verdict', f.verdict)) AS m (measure, value)
    WHERE s.planner_sql_id IS NOT NULL AND m.value IS NOT NULL
),
-- Pairs are counted, not made: n alike rows are n (n - 1) / 2 pairs that are alike.
alike AS (
    SELECT
        run, validator, comparator, gold_revision, position, planner_sql_id, others, measure,
        grouping(read, value) AS level,
        count(*) * (count(*) - 1) // 2 AS pairs
    FROM fixes
    GROUP BY GROUPING SETS (
        (run, validator, comparator, gold_revision, position, planner_sql_id, others, measure),
        (run, validator, comparator, gold_revision, position, planner_sql_id, others, measure, read),
        (run, validator, comparator, gold_revision, position, planner_sql_id, others, measure, value),
        (run, validator, comparator, gold_revision, position, planner_sql_id, others, measure, read, value)
    )
),
-- Levels: 3 all pairs, 1 those that read the same, 2 those with the same value, 0 those with both.
counted AS (
    SELECT
        run, validator, comparator, gold_revision, position, measure,
        sum(CASE level WHEN 3 THEN pairs WHEN 1 THEN -pairs ELSE 0 END) AS other_pairs,
        sum(CASE WHEN level IN (0, 3) THEN pairs ELSE -pairs END) AS other_differ,
        sum(CASE level WHEN 1 THEN pairs ELSE 0 END) AS same_pairs,
        sum(CASE level WHEN 1 THEN pairs WHEN 0 THEN -pairs ELSE 0 END) AS same_differ
    FROM alike
    GROUP BY ALL
),
summed AS (
    SELECT
        run, validator, comparator, gold_revision,
        coalesce(sum(other_pairs) FILTER (measure = 'sql'), 0)::BIGINT AS other_pairs,
        count_if(measure = 'sql' AND other_pairs > 0) AS other_questions,
        coalesce(sum(other_differ) FILTER (measure = 'sql'), 0)::BIGINT AS other_sql,
        coalesce(sum(other_pairs) FILTER (measure = 'result'), 0)::BIGINT AS other_results,
        coalesce(sum(other_differ) FILTER (measure = 'result'), 0)::BIGINT AS other_result,
        coalesce(sum(other_pairs) FILTER (measure = 'verdict'), 0)::BIGINT AS other_verdicts,
        coalesce(sum(other_differ) FILTER (measure = 'verdict'), 0)::BIGINT AS other_verdict,
        coalesce(sum(same_pairs) FILTER (measure = 'sql'), 0)::BIGINT AS same_pairs,
        count_if(measure = 'sql' AND same_pairs > 0) AS same_questions,
        coalesce(sum(same_differ) FILTER (measure = 'sql'), 0)::BIGINT AS same_sql,
        coalesce(sum(same_pairs) FILTER (measure = 'result'), 0)::BIGINT AS same_results,
        coalesce(sum(same_differ) FILTER (measure = 'result'), 0)::BIGINT AS same_result,
        coalesce(sum(same_pairs) FILTER (measure = 'verdict'), 0)::BIGINT AS same_verdicts,
        coalesce(sum(same_differ) FILTER (measure = 'verdict'), 0)::BIGINT AS same_verdict
    FROM counted
    GROUP BY ALL
)
SELECT
    s.run, s.comparator, s.gold_revision, s.validator,
    c.rollouts, c.doubted, c.fixed, c.doubted_fixed, c.doubted_changed, c.undoubted_fixed, c.undoubted_changed,
    s.* EXCLUDE (run, validator, comparator, gold_revision),
    other_sql / nullif(other_pairs, 0) AS sql_sensitivity,
    same_sql / nullif(same_pairs, 0) AS sql_base_rate,
    other_result / nullif(other_results, 0) AS result_sensitivity,
    same_result / nullif(same_results, 0) AS result_base_rate,
    other_verdict / nullif(other_verdicts, 0) AS verdict_sensitivity,
    same_verdict / nullif(same_verdicts, 0) AS verdict_base_rate
FROM summed AS s
JOIN calls AS c USING (run, validator)
