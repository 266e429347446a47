-- What a rollout keeps in temporary tables while it finds out what is missing, and the batches that it commits.
CREATE TEMP TABLE chosen (position INTEGER, question_id VARCHAR, db_id VARCHAR, question VARCHAR, evidence VARCHAR,
    revision VARCHAR);
CREATE TEMP TABLE draws (sample SMALLINT, draw INTEGER);
CREATE TEMP TABLE attempts (position INTEGER, sample SMALLINT, stage VARCHAR, step SMALLINT, candidate UUID, parent UUID,
    sql VARCHAR, sql_id UUID, database UUID, status VARCHAR, error_class VARCHAR, error VARCHAR, columns VARCHAR[],
    n_rows BIGINT, preview JSON);
CREATE TEMP TABLE verdicts_of_run (candidate UUID, verdict VARCHAR);
CREATE TEMP TABLE asked_prompts (text VARCHAR);
CREATE TEMP TABLE candidates_batch (position INTEGER, sample SMALLINT, stage VARCHAR, step SMALLINT, parent UUID, sql VARCHAR,
    completion VARCHAR, prompt_text VARCHAR, sampling VARCHAR, logprob DOUBLE, tokens INTEGER, finish VARCHAR, saw_gold BOOLEAN);
CREATE TEMP TABLE critiques_batch (candidate UUID, validator VARCHAR, ordinal SMALLINT, text VARCHAR, verdict VARCHAR,
    prompt_text VARCHAR, logprob DOUBLE);
CREATE TEMP TABLE calls_batch (call VARCHAR, position INTEGER, stage VARCHAR, subject VARCHAR, samples SMALLINT[], model VARCHAR,
    prompt_text VARCHAR, ok BOOLEAN, ended TIMESTAMP);
