-- What every agent decided in every rollout, and how the mode judges it. `subject` and `prompt` say what it was asked, `answer` what it
-- answered; `good` is the judgement, NULL where there is none, with the reason in `why`; `judge` is the candidate that decided, whose
-- verdict and reward they are.
WITH judged_decisions AS (
    SELECT
        'planner' AS agent, h.run, h.position, h.sample, 0 AS step, 0 AS ordinal,
        NULL::VARCHAR AS subject,
        h.planner_prompt AS prompt,
        h.planner_sql_id::VARCHAR AS answer,
        h.planner_result AS result,
        CASE WHEN h.planner_sql_id IS NULL THEN 'no_sql' END AS why,
        CASE WHEN $mode = 'joint' THEN h.final_verdict ELSE h.planner_verdict END AS verdict,
        CASE WHEN $mode = 'joint' THEN h.final_reward ELSE h.planner_reward END AS reward,
        h.planner AS candidate,
        NULL::UUID AS critique,
        CASE WHEN $mode = 'joint' THEN h.final ELSE h.planner END AS judge
    FROM rollout_heads AS h
    WHERE h.ordinal = 0
    UNION ALL
    SELECT
        c.validator, h.run, h.position, h.sample, 0, c.ordinal,
        h.planner_sql_id::VARCHAR, c.prompt, c.text,
        NULL,
        CASE
            WHEN h.planner_sql_id IS NULL THEN 'no_sql'
            WHEN $mode = 'independent' AND c.verdict = 'unparsed' THEN 'unparsed'
            WHEN h.fix IS NULL AND ($mode = 'collab' OR $mode = 'collab_v2' AND h.doubted) THEN 'fixer_not_called'
        END,
        CASE $mode
            WHEN 'independent' THEN CASE
                WHEN h.planner_verdict = 'unknown' THEN 'unknown'
                WHEN (c.verdict = 'correct') = (h.planner_verdict = 'correct') THEN 'correct'
                ELSE 'wrong'
            END
            WHEN 'collab' THEN h.fix_verdict
            WHEN 'collab_v2' THEN CASE WHEN h.doubted THEN h.fix_verdict ELSE h.planner_verdict END
            WHEN 'joint' THEN h.final_verdict
        END,
        CASE $mode
            WHEN 'independent' THEN ((c.verdict = 'correct') = (h.planner_verdict = 'correct'))::INTEGER::DOUBLE
            WHEN 'collab' THEN h.fix_reward
            WHEN 'collab_v2' THEN CASE WHEN h.doubted THEN h.fix_reward ELSE h.planner_reward END
            WHEN 'joint' THEN h.final_reward
        END,
        h.planner,
        c.critique,
        -- An opinion that is judged by itself led to no SQL.
        CASE $mode
            WHEN 'collab' THEN h.fix
            WHEN 'collab_v2' THEN CASE WHEN h.doubted THEN h.fix ELSE h.planner END
            WHEN 'joint' THEN h.final
        END
    FROM rollout_critiques AS c
    JOIN rollout_heads AS h ON h.planner = c.planner AND h.ordinal = c.read_in
    UNION ALL
    SELECT
        'fixer', h.run, h.position, h.sample, abs(f.step), h.ordinal,
        concat_ws(' ', h.planner_sql_id, h.critique_set), f.prompt, f.sql_id::VARCHAR,
        CASE WHEN f.status = 'ok' THEN f.set_digest END,
        CASE WHEN f.sql_id IS NULL OR h.planner_sql_id IS NULL THEN 'no_sql' END,
        CASE WHEN $mode = 'joint' THEN h.final_verdict ELSE f.verdict END,
        CASE WHEN $mode = 'joint' THEN h.final_reward ELSE f.reward END,
        f.candidate,
        NULL,
        CASE WHEN $mode = 'joint' THEN h.final ELSE f.candidate END
    FROM rollout_heads AS h
    JOIN judged AS f
        ON f.parent = h.planner AND f.sample = h.sample
        AND starts_with(f.stage, 'fixer')
        AND CASE WHEN starts_with(f.stage, 'fixer#') THEN f.stage = 'fixer#' || (h.ordinal + 1) ELSE h.ordinal = 0 END
)
SELECT
    * EXCLUDE (why, verdict),
    CASE WHEN why IS NULL AND verdict <> 'unknown' AND reward IS NOT NULL THEN verdict = 'correct' END AS good,
    coalesce(why, CASE WHEN coalesce(verdict, 'unknown') = 'unknown' OR reward IS NULL THEN 'unknown' END) AS why,
    NULL::VARCHAR AS reads
FROM judged_decisions
WHERE len($types::VARCHAR[]) = 0 OR list_contains($types::VARCHAR[], agent || '_' || $mode)
