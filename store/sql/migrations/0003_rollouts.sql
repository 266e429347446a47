ALTER TABLE candidates ADD COLUMN tokens INTEGER;
ALTER TABLE candidates ADD COLUMN finish VARCHAR;
ALTER TABLE candidates ADD COLUMN saw_gold BOOLEAN;
COMMENT ON COLUMN candidates.tokens IS 'Tokens of the completion, where they are known.';
COMMENT ON COLUMN candidates.finish IS 'Why the completion ended: stop, length (it was cut off), or what the server says.';
COMMENT ON COLUMN candidates.saw_gold IS 'Whether the gold decided that it was asked for, or its prompt told of the gold; NULL where that is not known. Figures over such answers are marked.';
COMMENT ON COLUMN candidates.stage IS 'Which stage wrote it: answer (a system that answers once), planner, fixer, turn 1, turn 2, ... fixer#2 read the second critique of each validator, fixer the first.';
COMMENT ON COLUMN candidates.step IS 'Order of the stages within a sample, from 0; the final answer of a sample is taken from its last steps (see the view answers). A negative step never stands as an answer: the fix that read a further set of critiques.';
ALTER TABLE critiques ADD COLUMN logprob DOUBLE;
COMMENT ON COLUMN critiques.logprob IS 'Sum of the token log-probabilities of the critique, in nats.';
CREATE TABLE calls (
    call UUID NOT NULL,
    run VARCHAR NOT NULL,
    position INTEGER NOT NULL,
    stage VARCHAR NOT NULL,
    subject VARCHAR NOT NULL,
    samples SMALLINT[] NOT NULL,
    model VARCHAR NOT NULL,
    served VARCHAR,
    prompt UUID NOT NULL,
    ok BOOLEAN NOT NULL,
    error_kind VARCHAR,
    error VARCHAR,
    reply VARCHAR,
    prompt_tokens INTEGER,
    completion_tokens INTEGER,
    seconds DOUBLE,
    ended TIMESTAMP NOT NULL
);
COMMENT ON TABLE calls IS 'One row is one call of a model by a rollout: what it cost, or how it failed after its retries, with its prompt and what came back.';
COMMENT ON COLUMN calls.call IS 'Identity.';
COMMENT ON COLUMN calls.run IS 'Run that asked.';
COMMENT ON COLUMN calls.position IS 'Position of the question.';
COMMENT ON COLUMN calls.stage IS 'Stage of the candidates that were asked for, or were criticised.';
COMMENT ON COLUMN calls.subject IS 'For a critique its validator and ordinal, such as select 0; empty for a SQL.';
COMMENT ON COLUMN calls.samples IS 'Samples that the call was for.';
COMMENT ON COLUMN calls.model IS 'Name of the model in the configuration of the run.';
COMMENT ON COLUMN calls.served IS 'Name of the model as the server reports it.';
COMMENT ON COLUMN calls.prompt IS 'Prompt that was sent.';
COMMENT ON COLUMN calls.ok IS 'Whether completions came back.';
COMMENT ON COLUMN calls.error_kind IS 'For a failure: bad_request, rate_limit, server_error, timeout, connection, invalid_reply, not_recorded or too_few.';
COMMENT ON COLUMN calls.error IS 'Message of the failure.';
COMMENT ON COLUMN calls.reply IS 'What the server sent in a call that failed, as far as it came.';
COMMENT ON COLUMN calls.prompt_tokens IS 'Tokens of the prompt, as the server counts them.';
COMMENT ON COLUMN calls.completion_tokens IS 'Tokens of all completions together.';
COMMENT ON COLUMN calls.seconds IS 'Wall time of the call.';
COMMENT ON COLUMN calls.ended IS 'When it ended, in UTC.';
