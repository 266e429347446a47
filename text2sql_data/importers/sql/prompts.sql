SELECT hex(prompt)::UUID AS prompt, text
FROM prompt_batch
