-- The calls of a batch.
SELECT
    * EXCLUDE (call, prompt_text),
    call::UUID AS call,
    getvariable('run') AS run,
    substr(sha256(prompt_text), 1, 32)::UUID AS prompt
FROM calls_batch
