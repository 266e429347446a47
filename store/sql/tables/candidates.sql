-- key: candidate
CREATE TABLE candidates (
    candidate UUID NOT NULL,
    run VARCHAR NOT NULL,
    position INTEGER NOT NULL,
    sample SMALLINT NOT NULL,
    stage VARCHAR NOT NULL,
    step SMALLINT NOT NULL,
    parent UUID,
    sql VARCHAR,
    sql_id UUID,
    completion VARCHAR,
    prompt UUID,
    sampling JSON,
    logprob DOUBLE,
    claimed_ok BOOLEAN,
    claimed_ms DOUBLE,
    claimed_error VARCHAR,
    tokens INTEGER,
    finish VARCHAR,
    saw_gold BOOLEAN
);
COMMENT ON TABLE candidates IS 'One row is one candidate SQL: what a run answered to a question, for one sample at one stage.';
COMMENT ON COLUMN candidates.candidate IS 'Identity: the first 128 bits of the sha256 of run, position, sample and stage, joined by newlines.';
COMMENT ON COLUMN candidates.run IS 'Run it belongs to.';
COMMENT ON COLUMN candidates.position IS 'Position of the question in the benchmark revision of the run.';
COMMENT ON COLUMN candidates.sample IS 'Which of the K samples, from 0.';
COMMENT ON COLUMN candidates.stage IS 'Which stage wrote it: answer (a system that answers once), planner, fixer, turn 1, turn 2, ... fixer#2 read the second critique of each validator, fixer the first.';
COMMENT ON COLUMN candidates.step IS 'Order of the stages within a sample, from 0; the final answer of a sample is taken from its last steps (see the view answers). A negative step never stands as an answer: the fix that read a further set of critiques.';
COMMENT ON COLUMN candidates.parent IS 'Candidate that this one was made from, such as the planner''s SQL of a fix.';
COMMENT ON COLUMN candidates.sql IS 'The SQL, as the source gives it. NULL when no SQL could be taken out of the completion.';
COMMENT ON COLUMN candidates.sql_id IS 'Identity of the SQL text: the first 128 bits of its sha256. NULL when there is no SQL.';
COMMENT ON COLUMN candidates.completion IS 'The raw completion of the model, where it is known.';
COMMENT ON COLUMN candidates.prompt IS 'Prompt it was made from, where it is known.';
COMMENT ON COLUMN candidates.sampling IS 'Sampling parameters: temperature, top_p, seed.';
COMMENT ON COLUMN candidates.logprob IS 'Sum of the token log-probabilities of the completion, in nats.';
COMMENT ON COLUMN candidates.claimed_ok IS 'Whether the source says that the SQL executed. Used only where the SQL was not executed here.';
COMMENT ON COLUMN candidates.claimed_ms IS 'Wall time of the SQL in milliseconds, as the source states it. Never decides anything, unless one asks for the order of a published pipeline.';
COMMENT ON COLUMN candidates.claimed_error IS 'Message of the error with which the SQL failed, as the source states it. It counts only together with the flags of the same file.';
COMMENT ON COLUMN candidates.tokens IS 'Tokens of the completion, where they are known.';
COMMENT ON COLUMN candidates.finish IS 'Why the completion ended: stop, length (it was cut off), or what the server says.';
COMMENT ON COLUMN candidates.saw_gold IS 'Whether the gold decided that it was asked for, or its prompt told of the gold; NULL where that is not known. Figures over such answers are marked.';
