SELECT
    substr(sha256(concat_ws(chr(10), getvariable('run'), position, sample, stage)), 1, 32)::UUID AS candidate,
    getvariable('run') AS run,
    position,
    sample,
    stage,
    step,
    CASE
        WHEN parent_stage IS NOT NULL
            THEN substr(sha256(concat_ws(chr(10), getvariable('run'), position, parent_sample, parent_stage)), 1, 32)::UUID
        WHEN stage = 'fixer' THEN substr(sha256(concat_ws(chr(10), getvariable('run'), position, sample, 'planner')), 1, 32)::UUID
    END AS parent,
    sql,
    substr(sha256(sql), 1, 32)::UUID AS sql_id,
    completion,
    hex(prompt)::UUID AS prompt,
    claimed_ok,
    claimed_ms,
    claimed_error,
    sampling,
    logprob,
    tokens,
    finish,
    saw_gold
FROM candidate_batch
