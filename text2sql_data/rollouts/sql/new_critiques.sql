-- The critiques of a batch, with their identities.
SELECT
    substr(sha256(concat_ws(chr(10), candidate, validator, getvariable('regime'), ordinal)), 1, 32)::UUID AS critique,
    candidate::UUID AS candidate,
    validator,
    getvariable('regime') AS regime,
    ordinal, text, verdict,
    substr(sha256(prompt_text), 1, 32)::UUID AS prompt,
    logprob
FROM critiques_batch
