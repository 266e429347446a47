-- What a selector has judged of some prompts.
SELECT prompt, answer, probabilities, detail::VARCHAR AS detail
FROM judgements
WHERE selector = $selector AND prompt IN (SELECT unnest($prompts::UUID[]))
