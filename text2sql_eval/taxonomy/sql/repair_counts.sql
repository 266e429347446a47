-- What became of the errors of the first turn, by type, with what each is for.
SELECT
    t.run, t.first_type, o.detectable, o.verifier, o.route, o.scope,
    CASE WHEN t.status = 'repaired' THEN 'repaired' ELSE t.final_type END AS became,
    count(*) AS n
FROM taxonomy_repairs AS t
LEFT JOIN routes AS o ON o.error_type = t.first_type
WHERE t.status IN ('repaired', 'failed')
GROUP BY ALL
ORDER BY t.run, n DESC, t.first_type, became
