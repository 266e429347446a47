-- The critiques by one validator of the candidates that a recipe reads, question by question, in the order of the draw. Of the same
-- words about the same SQL one stands for all: where recorded prompts are asked for, one that has its prompt.
SELECT
    k.critique, k.regime, k.text, k.verdict AS says, p.text AS prompt_text, o.candidate, o.run, o.benchmark, o.revision, o.position,
    o.sample, o.stage, o.verdict, o.reason,
    row_number() OVER (
        PARTITION BY
            o.benchmark, o.revision, o.position, o.sql_id,
            CASE WHEN $duplicates = 'none' THEN k.critique::VARCHAR ELSE k.text END
        ORDER BY $recorded AND k.prompt IS NULL, o.draw, k.critique
    ) AS place
FROM critiques AS k
JOIN offered_candidates AS o ON o.candidate = k.candidate
LEFT JOIN prompts AS p ON p.prompt = k.prompt
WHERE
    k.validator = $agent
    AND o.verdict <> 'unknown'
    AND k.verdict <> 'unparsed'
    AND ($critiques = 'all' OR (k.verdict = 'correct') = (o.verdict = 'correct'))
ORDER BY o.benchmark, o.revision, o.position, o.draw, k.critique
