-- The critiques that a validator still has to write, one row for each SQL of the planner: the ordinals that are missing.
SELECT
    a.position, 0 AS draw, list(o.ordinal ORDER BY o.ordinal) AS samples, a.sample, a.candidate AS parent,
    a.sql, a.status, a.error_class, a.error, a.columns, a.n_rows, a.preview
FROM attempts AS a
CROSS JOIN (SELECT unnest(range($critiques)) AS ordinal) AS o
ANTI JOIN (SELECT candidate, ordinal FROM critiques WHERE validator = $validator AND regime = $regime) AS c
    ON c.candidate = a.candidate AND c.ordinal = o.ordinal
WHERE a.step = 0 AND a.sql IS NOT NULL AND a.status <> 'not_executed'
GROUP BY ALL
ORDER BY a.position, a.sample
