-- key: critique
CREATE TABLE critiques (
    critique UUID NOT NULL,
    candidate UUID NOT NULL,
    validator VARCHAR NOT NULL,
    regime VARCHAR NOT NULL,
    ordinal SMALLINT NOT NULL,
    text VARCHAR NOT NULL,
    verdict VARCHAR NOT NULL,
    prompt UUID,
    post_hoc BOOLEAN,
    saw VARCHAR,
    change VARCHAR,
    logprob DOUBLE
);
COMMENT ON TABLE critiques IS 'One row is one critique of a candidate.';
COMMENT ON COLUMN critiques.critique IS 'Identity: the first 128 bits of the sha256 of candidate, validator, regime and ordinal, joined by newlines.';
COMMENT ON COLUMN critiques.candidate IS 'Candidate that it criticises.';
COMMENT ON COLUMN critiques.validator IS 'Who wrote it: select, condition, join, order, judge, human, ...';
COMMENT ON COLUMN critiques.regime IS 'How the validator was made, such as sft, collab or indep; the run''s system unless told.';
COMMENT ON COLUMN critiques.ordinal IS 'Which of several critiques by the same validator, from 0.';
COMMENT ON COLUMN critiques.text IS 'The critique.';
COMMENT ON COLUMN critiques.verdict IS 'correct, incorrect, or unparsed when the text does not conclude.';
COMMENT ON COLUMN critiques.prompt IS 'Prompt it was made from, where it is known.';
COMMENT ON COLUMN critiques.post_hoc IS 'Whether it was written after the rollout, so that no fixer read it; NULL is no.';
COMMENT ON COLUMN critiques.saw IS 'What a rule critic saw, such as a column that its table does not have; NULL for a critique in prose.';
COMMENT ON COLUMN critiques.change IS 'What a rule critic would change; NULL for a critique in prose.';
COMMENT ON COLUMN critiques.logprob IS 'Sum of the token log-probabilities of the critique, in nats.';
