SELECT
    substr(sha256(concat_ws(chr(10), getvariable('run'), position, sample, stage)), 1, 32)::UUID AS candidate,
    'original' AS gold_revision,
    'file:' || getvariable('run') AS comparator,
    1 AS version,
    'imported' AS settings,
    CASE WHEN correct THEN 'correct' ELSE 'wrong' END AS verdict,
    CASE WHEN NOT correct THEN 'flag' END AS reason
FROM candidate_batch
WHERE correct IS NOT NULL
