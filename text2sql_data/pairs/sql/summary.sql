-- The figures of repair trajectories, or of any run in turns, over the candidates in `judged`; one row.
-- A question counts if somebody could judge one of its candidates. In it a candidate without a verdict is not correct.
-- What a candidate's error says is known where it was executed, or with a file's flags where the file says so.
WITH asked AS (
    SELECT
        run, position,
        CASE
            WHEN NOT bool_or(verdict <> 'unknown') THEN 'excluded'
            WHEN bool_or(verdict = 'correct' AND step = 0) THEN 'correct_first_turn'
            WHEN bool_or(verdict = 'correct') THEN 'repaired'
            ELSE 'failed'
        END AS status,
        min(reason) AS reason
    FROM judged
    WHERE step >= 0
    GROUP BY run, position
),
attempts AS (
    SELECT
        j.step, j.verdict, j.reward,
        coalesce(j.executes, false) AS executes,
        j.executes IS NOT NULL AS executes_known,
        -- What is no query at all has no valid syntax.
        CASE
            WHEN j.sql IS NULL OR NOT regexp_matches(j.sql, '(?i)^[\s(]*(select|with)\b') THEN false
            WHEN j.executes THEN true
            WHEN j.error IS NOT NULL
                THEN NOT contains(lower(j.error), 'syntax error')
        END AS syntax_valid,
        CASE
            WHEN j.executes THEN true
            WHEN j.error IS NOT NULL
                THEN NOT regexp_matches(j.error, '(?i)no such table|no such column|ambiguous column name|unknown database')
        END AS names_valid,
        p.sql_id IS NOT NULL AS planned,
        p.* EXCLUDE (database, sql_id, engine, steps, error)
    FROM judged AS j
    JOIN asked AS a USING (run, position)
    LEFT JOIN (SELECT * FROM plan_costs WHERE engine = $engine) AS p
        ON p.database = j.database AND p.sql_id = j.sql_id AND j.executes
    WHERE a.status <> 'excluded' AND j.step >= 0
),
per_question AS (
    SELECT
        count(*) AS total,
        count_if(status <> 'excluded') AS n,
        count_if(status = 'correct_first_turn') AS correct_first_turn,
        count_if(status = 'repaired') AS repaired,
        count_if(status = 'failed') AS failed
    FROM asked
),
excluded AS (
    SELECT coalesce(map(list(reason ORDER BY reason), list(questions ORDER BY reason)), MAP {}) AS excluded
    FROM (SELECT reason, count(*) AS questions FROM asked WHERE status = 'excluded' GROUP BY reason)
),
per_candidate AS (
    SELECT
        count(*) AS n_candidates,
        count_if(verdict = 'unknown') AS unknown_candidates,
        count_if(step = 0) AS n_first_turn,
        count_if(step = 0 AND verdict = 'correct') AS first_turn_correct,
        count_if(verdict = 'correct') AS correct,
        count(reward) AS n_rewards,
        -- Rewards have four digits; a sum of doubles would depend on its order.
        sum(reward::DECIMAL(18, 4))::DOUBLE / nullif(count(reward), 0) AS avg_reward,
        count_if(executes_known) AS n_executable,
        count_if(executes) AS executable,
        count(syntax_valid) AS n_syntax,
        count_if(syntax_valid) AS syntax_valid,
        count(syntax_valid AND names_valid) AS n_schema,
        count_if(syntax_valid AND names_valid) AS schema_valid,
        count_if(executes_known AND NOT executes) AS not_executable,
        count_if(executes AND NOT planned) AS plans_unknown,
        coalesce(sum(full_scan), 0)::BIGINT AS full_scan,
        coalesce(sum(index_search), 0)::BIGINT AS index_search,
        coalesce(sum(temp_btree), 0)::BIGINT AS temp_btree,
        coalesce(sum(cartesian), 0)::BIGINT AS cartesian,
        coalesce(sum(multi_table), 0)::BIGINT AS multi_table,
        coalesce(sum(explain_error), 0)::BIGINT AS explain_error
    FROM attempts
)
SELECT
    q.total,
    {'correct_first_turn': q.correct_first_turn, 'repaired': q.repaired, 'failed': q.failed} AS status,
    e.excluded,
    q.n AS n_questions,
    c.n_candidates,
    c.unknown_candidates,
    q.correct_first_turn / nullif(q.n, 0) AS first_turn_example_accuracy,
    (q.correct_first_turn + q.repaired) / nullif(q.n, 0) AS final_example_execution_accuracy,
    c.first_turn_correct / nullif(c.n_first_turn, 0) AS first_turn_execution_accuracy,
    c.n_first_turn,
    c.correct / nullif(c.n_candidates, 0) AS candidate_execution_accuracy,
    1 - c.syntax_valid / nullif(c.n_syntax, 0) AS syntax_error_rate,
    c.n_syntax,
    c.schema_valid / nullif(c.n_schema, 0) AS schema_valid_rate,
    c.n_schema,
    c.executable / nullif(c.n_executable, 0) AS executable_rate,
    c.n_executable,
    q.repaired / nullif(q.repaired + q.failed, 0) AS repair_success_rate,
    q.repaired + q.failed AS n_repair,
    c.avg_reward AS avg_candidate_reward,
    c.n_rewards,
    {
        'syntax_valid': c.syntax_valid, 'schema_valid': c.schema_valid, 'executable': c.executable, 'not_executable': c.not_executable,
        'full_scan': c.full_scan, 'index_search': c.index_search, 'temp_btree': c.temp_btree, 'cartesian': c.cartesian,
        'multi_table': c.multi_table, 'explain_error': c.explain_error
    } AS cost_flags,
    c.plans_unknown
FROM per_question AS q
CROSS JOIN excluded AS e
CROSS JOIN per_candidate AS c
