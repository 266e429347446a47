WITH located AS (
    SELECT
        *,
        substr(sha256(concat_ws(chr(10), getvariable('run'), position, sample, stage)), 1, 32)::UUID AS candidate,
        -- As `text2sql_data.critiques.parsing.verdict`. The last conclusion counts: a critique may weigh both before it concludes.
        lower(coalesce(
            list_last(regexp_extract_all(text, getvariable('conclusion'), 1)),
            nullif(regexp_extract(text, getvariable('last_line'), 1), ''),
            nullif(regexp_extract(text, getvariable('first_line'), 1), '')
        )) AS said
    FROM critique_batch
)
SELECT
    substr(sha256(concat_ws(chr(10), candidate, validator, getvariable('regime'), ordinal)), 1, 32)::UUID AS critique,
    candidate,
    validator,
    getvariable('regime') AS regime,
    ordinal,
    text,
    CASE
        WHEN said IN ('correct', 'none', 'yes') THEN 'correct'
        WHEN said IN ('incorrect', 'no') THEN 'incorrect'
        ELSE 'unparsed'
    END AS verdict,
    hex(prompt)::UUID AS prompt,
    logprob
FROM located
