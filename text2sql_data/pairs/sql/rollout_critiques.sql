-- The critiques of the planners' SQL that a fixer could read, by the validators that are trained, with the order in which one of them is preferred.
SELECT
    c.candidate AS planner, c.critique, c.validator, v.rank, c.ordinal, c.verdict, c.prompt, sha256(c.text) AS text,
    CASE WHEN h.sets > 1 THEN c.ordinal ELSE 0 END AS read_in
FROM critiques AS c
JOIN (VALUES ('select', 1), ('condition', 2), ('join', 3), ('order', 4)) AS v (validator, rank) ON v.validator = c.validator
JOIN (SELECT planner, count(*) AS sets FROM rollout_heads GROUP BY planner) AS h ON h.planner = c.candidate
WHERE NOT coalesce(c.post_hoc, false)
