-- Of the pairs of validators' critiques that were mined from these runs: how many have log-probabilities on both sides, and in how many the preferred critique is the likelier one, by the sum over its tokens and by the mean over its characters. Equal ones count as half.
WITH sides AS (
    SELECT
        p.pair_set, s.parameters ->> 'mode' AS mode, p.run, p.agent,
        c.logprob AS chosen, r.logprob AS rejected,
        c.logprob / nullif(length(c.text), 0) AS chosen_mean, r.logprob / nullif(length(r.text), 0) AS rejected_mean
    FROM pairs AS p
    JOIN pair_sets AS s ON s.pair_set = p.pair_set
    LEFT JOIN critiques AS c ON c.critique = p.chosen_critique
    LEFT JOIN critiques AS r ON r.critique = p.rejected_critique
    WHERE p.agent NOT IN ('sql', 'planner', 'fixer') AND list_contains($runs::VARCHAR[], p.run)
)
SELECT
    pair_set, mode, run, agent,
    count(*) AS pairs,
    count(chosen + rejected) AS n,
    coalesce(sum(CASE WHEN chosen > rejected THEN 1 WHEN chosen = rejected THEN 0.5 ELSE 0 END) FILTER (chosen + rejected IS NOT NULL), 0)::DOUBLE
        AS by_sum,
    coalesce(
        sum(CASE WHEN chosen_mean > rejected_mean THEN 1 WHEN chosen_mean = rejected_mean THEN 0.5 ELSE 0 END)
            FILTER (chosen + rejected IS NOT NULL),
        0
    )::DOUBLE AS by_character
FROM sides
GROUP BY ALL
ORDER BY ALL
