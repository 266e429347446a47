-- Selectors that have chosen for some of these runs under this gate, with the fitted models that they use.
SELECT n.name, max(n.method) AS method, max(n.model) AS model, list(DISTINCT s.run ORDER BY s.run) AS runs
FROM selections AS s
JOIN selectors AS n ON n.selector = s.selector
WHERE n.gate = $gate AND s.draw = 0 AND ($runs IS NULL OR list_contains($runs::VARCHAR[], s.run))
GROUP BY n.name
ORDER BY n.name
