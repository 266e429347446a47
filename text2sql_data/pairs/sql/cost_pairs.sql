-- Where the first prompt gave no other pair: of its correct answers the one whose query plan has the highest cost reward, against the one with the lowest.
WITH priced AS (
    SELECT
        j.run, j.position, j.prompt, j.sample, j.candidate, j.step, j.sql, j.sql_id, j.claimed_ok,
        round(j.reward + c.cost_reward, 4) AS reward
    FROM judged AS j
    JOIN plan_costs AS c ON c.database = j.database AND c.sql_id = j.sql_id
    WHERE j.verdict = 'correct' AND j.executes AND j.step = 0
    QUALIFY row_number() OVER (PARTITION BY j.run, j.position, j.prompt, j.sql_id ORDER BY j.sample, j.candidate) = 1
),
ranked AS (
    SELECT
        *,
        row_number() OVER (PARTITION BY run, position, prompt ORDER BY reward DESC, sample, candidate) AS best,
        row_number() OVER (PARTITION BY run, position, prompt ORDER BY reward, sample, candidate) AS worst
    FROM priced
)
SELECT
    'correct_low_cost_vs_correct_high_cost' AS type,
    'natural' AS origin,
    b.run,
    b.position,
    b.prompt,
    b.candidate AS chosen_candidate, w.candidate AS rejected_candidate,
    b.sql AS chosen, w.sql AS rejected,
    b.reward AS chosen_reward, w.reward AS rejected_reward,
    b.step AS chosen_step, w.step AS rejected_step,
    b.claimed_ok AS chosen_claimed_ok, w.claimed_ok AS rejected_claimed_ok,
    1 AS nth
FROM ranked AS b
JOIN ranked AS w ON w.run = b.run AND w.position = b.position AND w.prompt IS NOT DISTINCT FROM b.prompt
WHERE
    b.best = 1 AND w.worst = 1 AND b.sql_id <> w.sql_id
    -- Rewards have four digits: the difference of two of them must not fail the limit by a rounding error.
    AND round(b.reward - w.reward, 4) >= $min_cost_gap
    AND NOT EXISTS (
        FROM natural_pairs AS n
        WHERE
            n.run = b.run AND n.position = b.position AND n.prompt IS NOT DISTINCT FROM b.prompt
            AND n.type <> 'repair_correct_vs_repair_failed'
    )
