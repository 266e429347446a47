-- The prompts of a batch.
SELECT substr(sha256(text), 1, 32)::UUID AS prompt, text
FROM asked_prompts
