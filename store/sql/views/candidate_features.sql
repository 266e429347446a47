-- One row is one feature of a final answer, as it was computed last: the table feature_values by name.
-- column feature_set: Which features, and under which gate.
-- column gate: Which SQL of a sample is its final answer (see taken_fixes).
-- column run: Run of the candidate.
-- column position: Position of the question.
-- column candidate: Candidate.
-- column feature: Name of the feature.
-- column type: share, count, flag, rank or number.
-- column value: Its value; NULL where it has none.
WITH latest AS (
    SELECT *
    FROM feature_values
    QUALIFY row_number() OVER (PARTITION BY feature_set, candidate ORDER BY snapshot DESC) = 1
),
named AS (
    SELECT
        feature_set, gate,
        unnest(range(1, json_array_length(features)::BIGINT + 1)) AS place,
        unnest(features -> '$[*].name') ->> '$' AS feature,
        unnest(features -> '$[*].type') ->> '$' AS type
    FROM feature_sets
)
SELECT n.feature_set, n.gate, v.run, v.position, v.candidate, n.feature, n.type, v.value[n.place] AS value
FROM latest AS v
JOIN named AS n ON n.feature_set = v.feature_set
