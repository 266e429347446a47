-- key: feature_set
CREATE TABLE feature_sets (
    feature_set UUID NOT NULL,
    gate VARCHAR NOT NULL,
    features JSON NOT NULL,
    versions JSON NOT NULL,
    added TIMESTAMP NOT NULL
);
COMMENT ON TABLE feature_sets IS 'One row is a set of feature definitions under one gate: which features, of which versions, in which order.';
COMMENT ON COLUMN feature_sets.feature_set IS 'Identity: the first 128 bits of the sha256 of the definitions and the gate.';
COMMENT ON COLUMN feature_sets.gate IS 'Which SQL of a sample is its final answer (see taken_fixes): features of a group are over the final answers of a question.';
COMMENT ON COLUMN feature_sets.features IS 'The features in the order of their values: a list of {name, type, description, source, version, sha256}.';
COMMENT ON COLUMN feature_sets.versions IS 'Versions of the code and the libraries that computed the first of them.';
COMMENT ON COLUMN feature_sets.added IS 'When it was first built, in UTC.';
