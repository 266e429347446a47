-- The models that made the candidates of some runs, each with what it was trained on and what was measured of it.
SELECT
    r.run, r.agent_model AS agent, m.name || '@' || m.version AS model, m.kind AS trainer, m.seed,
    m.pin_name || '@' || m.pin_version AS pin, p.digest AS pin_digest, m.base::VARCHAR AS base, m.summary::VARCHAR AS summary
FROM run_models AS r
JOIN models AS m ON m.name = r.model AND m.version = r.version
LEFT JOIN pins AS p ON p.name = m.pin_name AND p.version = m.pin_version
WHERE list_contains($runs::VARCHAR[], r.run)
ORDER BY r.run, r.agent_model, m.name, m.version
