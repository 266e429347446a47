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
CREATE TABLE scores (
    selector UUID NOT NULL,
    candidate UUID NOT NULL,
    snapshot BIGINT NOT NULL,
    score DOUBLE,
    detail JSON
);
COMMENT ON TABLE scores IS 'One row is the number that a selector gave to a final answer, among all the answers of its question. The highest is chosen.';
COMMENT ON COLUMN scores.selector IS 'Selector.';
COMMENT ON COLUMN scores.candidate IS 'Candidate.';
COMMENT ON COLUMN scores.snapshot IS 'Version of the lake that the selector read.';
COMMENT ON COLUMN scores.score IS 'The number; what it means is said by the method. NULL when there is none, such as after a failed call; it is never chosen then, unless no candidate of the question has one.';
COMMENT ON COLUMN scores.detail IS 'What the score is made of, where the method says it, such as votes or the fold that scored it.';
CREATE TABLE selections (
    selector UUID NOT NULL,
    run VARCHAR NOT NULL,
    position INTEGER NOT NULL,
    k INTEGER NOT NULL,
    draw INTEGER NOT NULL,
    snapshot BIGINT NOT NULL,
    inputs UUID NOT NULL,
    candidate UUID NOT NULL,
    score DOUBLE,
    margin DOUBLE,
    tied INTEGER NOT NULL,
    tie_break VARCHAR,
    reason VARCHAR
);
COMMENT ON TABLE selections IS 'One row is what a selector chose for a question: among all its final answers (draw 0), or among some of them that were drawn for a curve over k.';
COMMENT ON COLUMN selections.selector IS 'Selector.';
COMMENT ON COLUMN selections.run IS 'Run.';
COMMENT ON COLUMN selections.position IS 'Position of the question.';
COMMENT ON COLUMN selections.k IS 'Final answers that it chose from.';
COMMENT ON COLUMN selections.draw IS '0: all final answers of the question. From 1: k of them, drawn with a seed.';
COMMENT ON COLUMN selections.snapshot IS 'Version of the lake that it read.';
COMMENT ON COLUMN selections.inputs IS 'Digest of everything that it could see of the question; while that is the same, it is not asked again.';
COMMENT ON COLUMN selections.candidate IS 'Candidate that it chose.';
COMMENT ON COLUMN selections.score IS 'Its score.';
COMMENT ON COLUMN selections.margin IS 'Its score minus the best score of a candidate with another result; NULL when all have the same result.';
COMMENT ON COLUMN selections.tied IS 'Different results that had the best score, its own included: 1 when nothing was tied. SQL that failed is a result of its own.';
COMMENT ON COLUMN selections.tie_break IS 'What decided among them: votes (the larger group of equal results) or sample (the lowest sample); NULL when nothing was tied.';
COMMENT ON COLUMN selections.reason IS 'Why it was chosen, where that is not its score: such as a fall-back.';
CREATE TABLE judgements (
    selector UUID NOT NULL,
    prompt UUID NOT NULL,
    run VARCHAR NOT NULL,
    position INTEGER NOT NULL,
    candidates UUID[] NOT NULL,
    answer VARCHAR,
    probabilities DOUBLE[],
    detail JSON,
    added TIMESTAMP NOT NULL
);
COMMENT ON TABLE judgements IS 'One row is one judgement of the language model of a selector: what it said of the candidates in one prompt. The same prompt is judged once.';
COMMENT ON COLUMN judgements.selector IS 'Selector that asked.';
COMMENT ON COLUMN judgements.prompt IS 'Prompt that was sent.';
COMMENT ON COLUMN judgements.run IS 'Run of the question that it was first asked for.';
COMMENT ON COLUMN judgements.position IS 'Position of that question.';
COMMENT ON COLUMN judgements.candidates IS 'Candidates that the prompt shows, in its order; of several with the same SQL the first.';
COMMENT ON COLUMN judgements.answer IS 'What the model wrote; NULL for a model that gives a number only.';
COMMENT ON COLUMN judgements.probabilities IS 'Pointwise: the probability of YES. Pairwise: that of each candidate. A reward model: the reward. NULL when the answer is all that there is.';
COMMENT ON COLUMN judgements.detail IS 'What else is known, such as log-probabilities of the answers that were compared.';
COMMENT ON COLUMN judgements.added IS 'When it was judged, in UTC.';
CREATE TABLE models (
    name VARCHAR NOT NULL,
    version INTEGER NOT NULL,
    kind VARCHAR NOT NULL,
    pin_name VARCHAR,
    pin_version INTEGER,
    base JSON,
    recipe JSON NOT NULL,
    seed BIGINT NOT NULL,
    versions JSON NOT NULL,
    summary JSON NOT NULL,
    path VARCHAR,
    sha256 VARCHAR NOT NULL,
    weights BLOB,
    added TIMESTAMP NOT NULL
);
COMMENT ON TABLE models IS 'One row is a trained model that can be cited as name@version: the pin it was trained on, how, and its weights. It never changes.';
COMMENT ON COLUMN models.name IS 'Name of the model.';
COMMENT ON COLUMN models.version IS 'Version, from 1.';
COMMENT ON COLUMN models.kind IS 'What it is: feature_selector, or the trainer: sft, dpo, orpo, kto, reward, grpo.';
COMMENT ON COLUMN models.pin_name IS 'Name of the dataset that it was trained on (see pins); its rows are the training lineage.';
COMMENT ON COLUMN models.pin_version IS 'Version of that dataset.';
COMMENT ON COLUMN models.base IS 'Model that training began with; NULL when it began with nothing.';
COMMENT ON COLUMN models.recipe IS 'How it was trained, with every default written out.';
COMMENT ON COLUMN models.seed IS 'Seed of the training.';
COMMENT ON COLUMN models.versions IS 'Versions of the code and the libraries that trained it.';
COMMENT ON COLUMN models.summary IS 'What was measured of it: cross-fitted figures, calibration, importances.';
COMMENT ON COLUMN models.path IS 'Folder of the weights, where they are not in the lake.';
COMMENT ON COLUMN models.sha256 IS 'sha256 of the weights.';
COMMENT ON COLUMN models.weights IS 'The weights of a small model, in the format of skops; NULL when they are in a folder.';
COMMENT ON COLUMN models.added IS 'When it was registered, in UTC.';
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
CREATE TABLE sql_differences (
    sql_id UUID NOT NULL,
    other UUID NOT NULL,
    version INTEGER NOT NULL,
    parsed BOOLEAN NOT NULL,
    clauses VARCHAR[] NOT NULL
);
COMMENT ON TABLE sql_differences IS 'One row says in which clauses two SQL texts differ, as parsed; the other one is mostly a gold.';
COMMENT ON COLUMN sql_differences.sql_id IS 'Identity of a SQL text.';
COMMENT ON COLUMN sql_differences.other IS 'Identity of the SQL text that it was compared with.';
COMMENT ON COLUMN sql_differences.version IS 'Version of the comparison.';
COMMENT ON COLUMN sql_differences.parsed IS 'Whether both could be parsed.';
COMMENT ON COLUMN sql_differences.clauses IS 'The clauses that differ: select, from, where, group_by, having, order_by, limit, set_operation; empty when they are the same, or one could not be parsed.';
