-- Every question that was looked at, by agent, with the reason that holds if it gave no pair: the first rule that applies.
WITH looked AS (
    SELECT a.agent, q.run, q.position
    FROM (SELECT DISTINCT run, position FROM rollout_heads) AS q
    JOIN rollout_agents AS a ON a.run = q.run
    WHERE len($types::VARCHAR[]) = 0 OR list_contains($types::VARCHAR[], a.type)
),
decided AS (
    SELECT
        agent, run, position,
        count(good) AS decided,
        count_if(good) AS good,
        min(why) AS why
    FROM rollout_decisions
    GROUP BY ALL
),
largest AS (
    SELECT agent, run, position, max(decisions) AS decisions FROM rollout_prompts GROUP BY ALL
),
paired AS (
    SELECT agent, run, position, bool_or(reason IS NULL) AS found, min(reason) AS reason FROM rollout_found GROUP BY ALL
)
SELECT
    l.agent, l.run, l.position,
    CASE
        -- It holds where another run of the set gave the same pairs.
        WHEN p.found THEN 'duplicate'
        WHEN p.reason IS NOT NULL THEN p.reason
        WHEN d.agent IS NULL THEN CASE l.agent WHEN 'fixer' THEN 'fixer_not_called' WHEN 'planner' THEN 'no_sql' ELSE 'no_critique' END
        WHEN d.decided = 0 THEN d.why
        WHEN d.good = d.decided THEN 'all_correct'
        WHEN d.good = 0 THEN 'none_correct'
        WHEN g.decisions = 1 THEN 'one_answer'
        ELSE 'no_common_prompt'
    END AS reason
FROM looked AS l
LEFT JOIN decided AS d ON d.agent = l.agent AND d.run = l.run AND d.position = l.position
LEFT JOIN largest AS g ON g.agent = l.agent AND g.run = l.run AND g.position = l.position
LEFT JOIN paired AS p ON p.agent = l.agent AND p.run = l.run AND p.position = l.position
