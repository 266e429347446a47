-- The fixes that are still to be asked for: one for each SQL of the planner and each set of critiques of it that opens the gate, once the
-- set is complete. A planner's answer without SQL has no critiques, and one fix.
WITH read AS (
    SELECT
        c.candidate, c.ordinal,
        count(*) AS critiques,
        bool_or(c.verdict = 'incorrect') AS doubted,
        list({'validator': c.validator, 'verdict': c.verdict, 'text': c.text} ORDER BY list_position($validators::VARCHAR[], c.validator))
            AS texts
    FROM critiques AS c
    SEMI JOIN attempts AS a ON a.candidate = c.candidate
    WHERE list_contains($validators::VARCHAR[], c.validator) AND c.regime = $regime AND NOT coalesce(c.post_hoc, false)
    GROUP BY c.candidate, c.ordinal
),
wanted AS (
    SELECT
        a.*, s.ordinal, coalesce(r.texts, []) AS texts, coalesce(r.doubted, false) AS doubted,
        CASE WHEN s.ordinal = 0 THEN 'fixer' ELSE 'fixer#' || (s.ordinal + 1) END AS fix_stage
    FROM attempts AS a
    CROSS JOIN (SELECT unnest(range($critiques)) AS ordinal) AS s
    LEFT JOIN read AS r ON r.candidate = a.candidate AND r.ordinal = s.ordinal
    WHERE
        a.step = 0
        AND CASE
            WHEN a.sql IS NULL THEN s.ordinal = 0
            ELSE a.status <> 'not_executed' AND coalesce(r.critiques, 0) = len($validators::VARCHAR[])
        END
)
SELECT
    w.position, 0 AS draw, [w.sample] AS samples, w.sample, w.candidate AS parent,
    w.sql, w.status, w.error_class, w.error, w.columns, w.n_rows, w.preview, w.texts AS critiques, w.fix_stage AS stage
FROM wanted AS w
ANTI JOIN attempts AS f ON f.parent = w.candidate AND f.stage = w.fix_stage
WHERE $gate = 'always' OR w.status <> 'ok' OR ($gate = 'critique' AND w.doubted)
ORDER BY w.position, w.sample, w.ordinal
