-- Which answers are paired: the k-th pair of a prompt takes the k-th chosen and the k-th rejected answer, from the start again where one
-- side is shorter, moved on by one when both have come round, so that the pairs are all different and no answer is used more than it must.
WITH sizes AS (
    SELECT
        agent, run, position, subject, prompt,
        count_if(side = 'chosen')::BIGINT AS n_chosen,
        count_if(side = 'rejected')::BIGINT AS n_rejected
    FROM rollout_answers
    GROUP BY ALL
    HAVING n_chosen > 0 AND n_rejected > 0
),
numbered AS (
    SELECT *, unnest(range(least($per_group::BIGINT, n_chosen * n_rejected))) AS k FROM sizes
),
matched AS (
    SELECT
        n.agent, n.run, n.position, n.subject, n.prompt, n.k,
        c.best AS chosen,
        r.worst AS rejected,
        CASE WHEN c.best.reward <= r.worst.reward THEN 'no_margin' END AS reason
    FROM numbered AS n
    JOIN rollout_answers AS c
        ON c.agent = n.agent AND c.run = n.run AND c.position = n.position
        AND c.subject IS NOT DISTINCT FROM n.subject AND c.prompt IS NOT DISTINCT FROM n.prompt
        AND c.side = 'chosen' AND c.rank = n.k % n.n_chosen
    JOIN rollout_answers AS r
        ON r.agent = n.agent AND r.run = n.run AND r.position = n.position
        AND r.subject IS NOT DISTINCT FROM n.subject AND r.prompt IS NOT DISTINCT FROM n.prompt
        AND r.side = 'rejected' AND r.rank = (n.k + n.k // lcm(n.n_chosen, n.n_rejected)) % n.n_rejected
    UNION ALL
    -- Both outcomes, and still no pair: kept to be counted.
    SELECT agent, run, position, subject, prompt, 0, arg_min(best, place), arg_max(worst, place), any_value(side)
    FROM rollout_answers
    WHERE side IN ('same_text', 'both_ways')
    GROUP BY agent, run, position, subject, prompt
)
SELECT
    *,
    row_number() OVER (
        ORDER BY agent, run, position, k, chosen.candidate, rejected.candidate, chosen.critique, rejected.critique
    ) AS place
FROM matched
