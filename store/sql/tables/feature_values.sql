-- key: feature_set, candidate, inputs
CREATE TABLE feature_values (
    feature_set UUID NOT NULL,
    candidate UUID NOT NULL,
    run VARCHAR NOT NULL,
    position INTEGER NOT NULL,
    snapshot BIGINT NOT NULL,
    inputs UUID NOT NULL,
    value FLOAT[] NOT NULL
);
COMMENT ON TABLE feature_values IS 'One row is the features of a final answer among the answers of its question, computed from what a selector may see.';
COMMENT ON COLUMN feature_values.feature_set IS 'Which features, in which order.';
COMMENT ON COLUMN feature_values.candidate IS 'Candidate.';
COMMENT ON COLUMN feature_values.run IS 'Run of the candidate.';
COMMENT ON COLUMN feature_values.position IS 'Position of the question.';
COMMENT ON COLUMN feature_values.snapshot IS 'Version of the lake that they were computed from.';
COMMENT ON COLUMN feature_values.inputs IS 'Digest of everything of the question that they were computed from; while that is the same, they are not computed again.';
COMMENT ON COLUMN feature_values.value IS 'The values; NULL where a feature has none.';
