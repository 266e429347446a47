-- What an export stages of the candidates and critiques of a run, and the batches of an import with what the project's own exports bring.
CREATE TEMP TABLE export_told (position INTEGER, candidate UUID, database UUID, sql_id UUID, row_count BIGINT, ok BOOLEAN,
    error VARCHAR, elapsed_ms DOUBLE, correct BOOLEAN, reward DOUBLE);
CREATE TEMP TABLE export_critiques (position INTEGER, candidate UUID, validator VARCHAR, ordinal SMALLINT, text VARCHAR,
    prompt UUID, logprob DOUBLE);
CREATE OR REPLACE TEMP TABLE candidate_batch (position INTEGER, sample INTEGER, stage VARCHAR, step INTEGER, sql VARCHAR,
    completion VARCHAR, prompt BLOB, claimed_ok BOOLEAN, correct BOOLEAN, claimed_ms DOUBLE, claimed_error VARCHAR,
    parent_sample INTEGER, parent_stage VARCHAR, sampling VARCHAR, logprob DOUBLE, tokens INTEGER, finish VARCHAR,
    saw_gold BOOLEAN);
CREATE OR REPLACE TEMP TABLE critique_batch (position INTEGER, sample INTEGER, stage VARCHAR, validator VARCHAR,
    ordinal INTEGER, text VARCHAR, prompt BLOB, logprob DOUBLE);
