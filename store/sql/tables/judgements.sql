-- key: selector, prompt
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
