-- The datasets that these fitted models (as name@version) were trained on.
SELECT m.name || '@' || m.version AS model, m.pin_name || '@' || m.pin_version AS pin, p.digest
FROM models AS m
LEFT JOIN pins AS p ON p.name = m.pin_name AND p.version = m.pin_version
WHERE list_contains($models::VARCHAR[], m.name || '@' || m.version)
ORDER BY ALL
