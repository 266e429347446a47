-- The rows of the table pair_yields: how many pairs each question gave, or why none.
SELECT
    getvariable('pair_set') AS pair_set, y.agent, y.run, y.position,
    coalesce(n.pairs, 0)::INTEGER AS pairs,
    CASE WHEN n.pairs IS NULL THEN y.reason END AS reason
FROM found_yields AS y
LEFT JOIN (
    SELECT agent, run, position, count(*) AS pairs FROM identified_pairs WHERE drop IS NULL GROUP BY ALL
) AS n USING (agent, run, position)
