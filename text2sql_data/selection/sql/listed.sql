-- The selectors of the lake, with the runs that they chose for.
SELECT
    n.name, n.method, n.version, n.gate, n.parameters::VARCHAR AS parameters, n.model, s.run, n.selector::VARCHAR AS selector,
    count(*) AS questions, count(s.tie_break) AS tied, count(s.reason) AS with_reason
FROM lake.selectors AS n
JOIN lake.current_selections AS s ON s.selector = n.selector
GROUP BY ALL
ORDER BY ALL
