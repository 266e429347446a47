WITH located AS (
    SELECT
        *,
        substr(sha256(concat_ws(chr(10), getvariable('run'), position, sample, stage)), 1, 32)::UUID AS candidate,
        -- The last conclusion counts: a critique may weigh both before it concludes.
        lower(list_last(regexp_extract_all(text, getvariable('verdict'), 1))) AS concluded
    FROM critique_batch
)
SELECT
    substr(sha256(concat_ws(chr(10), candidate, validator, getvariable('regime'), ordinal)), 1, 32)::UUID AS critique,
    candidate,
    validator,
    getvariable('regime') AS regime,
    ordinal,
    text,
    coalesce(concluded, 'unparsed') AS verdict,
    hex(prompt)::UUID AS prompt
FROM located
