-- Every question that was looked at, and the reason that holds where it gave no pair.
SELECT
    'sql' AS agent, s.run, s.position,
    CASE
        WHEN s.reason IS NOT NULL THEN s.reason
        WHEN n.mutants IS NULL THEN 'no_mutation'
        WHEN NOT n.has_pair THEN n.reason
    END AS reason
FROM synthetic_sources AS s
LEFT JOIN (
    SELECT source, count(*) AS mutants, bool_or(reason IS NULL) AS has_pair, mode(reason ORDER BY reason) AS reason
    FROM synthetic_decided
    GROUP BY source
) AS n USING (source)
