-- key: selector, run, position, k, draw, snapshot
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
