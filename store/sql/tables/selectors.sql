-- key: selector
CREATE TABLE selectors (
    selector UUID NOT NULL,
    name VARCHAR NOT NULL,
    method VARCHAR NOT NULL,
    version INTEGER NOT NULL,
    gate VARCHAR NOT NULL,
    parameters JSON NOT NULL,
    model VARCHAR,
    versions JSON NOT NULL,
    added TIMESTAMP NOT NULL
);
COMMENT ON TABLE selectors IS 'One row is a selector: a way to choose one of the final answers of a question. Another version, parameter, gate or model is another selector.';
COMMENT ON COLUMN selectors.selector IS 'Identity: the first 128 bits of the sha256 of name, method, version, gate, parameters and model, joined by newlines.';
COMMENT ON COLUMN selectors.name IS 'Name in figures: that of the method unless one was given.';
COMMENT ON COLUMN selectors.method IS 'first, random, majority, weighted, rules, features, pointwise, pairwise, listwise or reward_model.';
COMMENT ON COLUMN selectors.version IS 'Version of the method.';
COMMENT ON COLUMN selectors.gate IS 'Which SQL of a sample is its final answer: exec_ok, critique or always (see taken_fixes).';
COMMENT ON COLUMN selectors.parameters IS 'Its parameters, with every default written out.';
COMMENT ON COLUMN selectors.model IS 'The fitted model that it uses, as name@version (see models); NULL when there is none.';
COMMENT ON COLUMN selectors.versions IS 'Versions of the code and the libraries when it was first used.';
COMMENT ON COLUMN selectors.added IS 'When it was first used, in UTC.';
