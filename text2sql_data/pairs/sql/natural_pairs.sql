-- A correct answer and a wrong one of the same contest, the best-ranked combinations first, at most so many of each prompt.
-- Of combinations, one of two result groups that were not combined yet comes first, then the lower sum of ranks.
WITH combined AS (
    SELECT
        c.contest, c.run, c.position, r.group_prompt, r.group_parent,
        c.rank AS chosen_rank, r.rank AS rejected_rank,
        c.candidate AS chosen_candidate, r.candidate AS rejected_candidate,
        c.sql AS chosen, r.sql AS rejected,
        c.reward AS chosen_reward, r.reward AS rejected_reward,
        c.step AS chosen_step, r.step AS rejected_step,
        c.claimed_ok AS chosen_claimed_ok, r.claimed_ok AS rejected_claimed_ok,
        row_number() OVER (
            PARTITION BY c.run, c.position, c.contest, r.group_prompt, r.group_parent, c.result, r.result
            ORDER BY c.rank + r.rank, c.rank
        ) AS round
    FROM natural_answers AS c
    JOIN natural_answers AS r ON r.run = c.run AND r.position = c.position AND r.contest = c.contest
    WHERE
        c.correct AND NOT r.correct
        AND c.group_parent IS NOT DISTINCT FROM r.group_parent
        AND (c.group_prompt IS NOT DISTINCT FROM r.group_prompt OR (c.contest = 'initial' AND c.step > 0))
        AND c.sql_id <> r.sql_id
        AND c.reward > r.reward
)
SELECT
    CASE
        WHEN contest = 'repair' THEN 'repair_correct_vs_repair_failed'
        WHEN chosen_step > rejected_step THEN 'self_repair_success_vs_failed_attempt'
        ELSE 'first_turn_correct_sample_vs_failed_sample'
    END AS type,
    'natural' AS origin,
    run,
    position,
    group_prompt AS prompt,
    chosen_candidate, rejected_candidate,
    chosen, rejected,
    chosen_reward, rejected_reward,
    chosen_step, rejected_step,
    chosen_claimed_ok, rejected_claimed_ok,
    row_number() OVER (
        PARTITION BY run, position, contest, group_prompt, group_parent ORDER BY round, chosen_rank + rejected_rank, chosen_rank
    ) AS nth
FROM combined
QUALIFY nth <= $per_group
