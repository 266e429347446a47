-- The questions of the staged answers that have no features yet, computed from the very same inputs.
SELECT i.position
FROM temp.inputs_seen AS i
ANTI JOIN lake.feature_values AS v
    ON v.feature_set = $feature_set::UUID AND v.run = i.run AND v.position = i.position AND v.inputs = i.inputs
ORDER BY i.position
