-- The pins in the lineage of models: what each learnt from, and what the models that it began with learnt from.
-- column model: Name of the model (see models).
-- column version: Version of the model.
-- column pin_name: Name of the pin (see pins).
-- column pin_version: Version of the pin.
-- column own: Whether the model itself was trained on it; otherwise a model before it was.
WITH listed AS (
    SELECT name AS model, version, pin_name, pin_version, true AS own
    FROM models
    WHERE pin_name IS NOT NULL
    UNION ALL
    SELECT
        name, version, regexp_extract(before.pin, '^(.*)@([0-9]+)$', 1) AS pin_name,
        regexp_extract(before.pin, '^(.*)@([0-9]+)$', 2)::INTEGER AS pin_version, false AS own
    FROM models
    CROSS JOIN unnest((base -> '$.pins')::VARCHAR[]) AS before (pin)
)
SELECT model, version, pin_name, pin_version, bool_or(own) AS own FROM listed GROUP BY ALL
