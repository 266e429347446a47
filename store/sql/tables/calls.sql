-- key: call
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
