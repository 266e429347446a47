SELECT DISTINCT
    'file:' || getvariable('run') AS comparator,
    1 AS version,
    'The flags that the imported file brought with it.' AS meaning,
    now()::TIMESTAMP AS added
FROM candidate_batch
WHERE correct IS NOT NULL
