-- The agents of each run that the mode judges: planner and fixer always, a validator where it wrote something.
WITH agents AS (
    SELECT run, unnest(['planner', 'fixer']) AS agent FROM rollout_heads
    UNION
    SELECT h.run, c.validator FROM rollout_critiques AS c JOIN rollout_heads AS h ON h.planner = c.planner
)
SELECT run, agent, agent || '_' || $mode AS type
FROM agents
WHERE $mode <> 'critique_aware' OR agent = 'fixer'
