-- Tokens of each pair: its prompt, and the longer of both answers with its prompt, which is what a length limit cuts.
SELECT
    t.version, t.pair_set, t.pair,
    p.tokens AS prompt_size,
    greatest(p.tokens + c.tokens, rp.tokens + r.tokens) AS total_size
FROM report_texts AS t
LEFT JOIN text_tokens AS p ON p.text_key = md5_number(t.prompt_text)
LEFT JOIN text_tokens AS rp ON rp.text_key = md5_number(t.rejected_prompt_text)
LEFT JOIN text_tokens AS c ON c.text_key = md5_number(t.chosen_text)
LEFT JOIN text_tokens AS r ON r.text_key = md5_number(t.rejected_text)
