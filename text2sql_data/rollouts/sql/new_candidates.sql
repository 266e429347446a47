-- The candidates of a batch, with their identities.
SELECT
    substr(sha256(concat_ws(chr(10), getvariable('run'), position, sample, stage)), 1, 32)::UUID AS candidate,
    getvariable('run') AS run,
    position, sample, stage, step,
    parent::UUID AS parent,
    -- A batch in which nothing held a SQL says nothing about the type.
    sql::VARCHAR AS sql,
    substr(sha256(sql::VARCHAR), 1, 32)::UUID AS sql_id,
    completion,
    substr(sha256(prompt_text), 1, 32)::UUID AS prompt,
    sampling, logprob, tokens, finish, saw_gold
FROM candidates_batch
