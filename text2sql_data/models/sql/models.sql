-- The models of the lake without their weights.
SELECT
    name, version, kind, pin_name || '@' || pin_version AS pin, base::VARCHAR AS base, recipe::VARCHAR AS recipe, seed,
    versions::VARCHAR AS versions, summary::VARCHAR AS summary, path, sha256, added
FROM lake.models
ORDER BY name, version
