-- The rollouts of the mined runs, with what was said of each SQL in them: the planner's, the last fix, and the final one by the gate.
WITH final AS (
    SELECT j.run, j.position, j.sample, j.candidate, j.verdict, j.reward
    FROM judged AS j
    LEFT JOIN (
        FROM taken_fixes WHERE gate = $gate AND list_contains($runs::VARCHAR[], run)
    ) AS t ON t.run = j.run AND t.position = j.position AND t.sample = j.sample
    WHERE j.step = coalesce(t.step, 0)
)
SELECT
    r.run, r.position, r.sample, r.ordinal, r.planner, r.planner_sql_id, r.planner_prompt, r.critiques, r.doubted, r.critique_set,
    r.fixes,
    p.verdict AS planner_verdict,
    p.reward AS planner_reward,
    CASE WHEN p.status = 'ok' THEN p.set_digest END AS planner_result,
    r.fix,
    f.verdict AS fix_verdict,
    f.reward AS fix_reward,
    -- The final SQL of a further set of critiques is what it would have been, had it been the first.
    CASE WHEN r.ordinal = 0 THEN l.candidate WHEN opens THEN r.fix ELSE r.planner END AS final,
    CASE WHEN r.ordinal = 0 THEN l.verdict WHEN opens THEN f.verdict ELSE p.verdict END AS final_verdict,
    CASE WHEN r.ordinal = 0 THEN l.reward WHEN opens THEN f.reward ELSE p.reward END AS final_reward
FROM (
    SELECT *, fix IS NOT NULL AND ($gate = 'always' OR NOT executes OR ($gate = 'critique' AND doubted)) AS opens
    FROM (SELECT r.*, coalesce(j.executes, false) AS executes FROM rollouts AS r JOIN judged AS j ON j.candidate = r.planner)
) AS r
JOIN judged AS p ON p.candidate = r.planner
LEFT JOIN judged AS f ON f.candidate = r.fix
LEFT JOIN final AS l ON l.run = r.run AND l.position = r.position AND l.sample = r.sample
WHERE list_contains($runs::VARCHAR[], r.run)
