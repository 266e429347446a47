-- Every text once, so that no tokenizer reads a prompt for each of its pairs.
SELECT DISTINCT text
FROM (
    SELECT unnest([prompt_text, rejected_prompt_text, chosen_text, rejected_text]) AS text
    FROM report_texts
)
WHERE text IS NOT NULL
