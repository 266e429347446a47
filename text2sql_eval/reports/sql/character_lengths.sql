-- Characters of each pair: its prompt, and the longer of both answers with its prompt.
SELECT
    version, pair_set, pair,
    length(prompt_text) AS prompt_size,
    greatest(length(prompt_text) + length(chosen_text), length(rejected_prompt_text) + length(rejected_text)) AS total_size
FROM report_texts
