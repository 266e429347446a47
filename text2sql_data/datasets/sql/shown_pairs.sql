-- The pairs that a recipe reads, with the prompts that were recorded, and the candidates that a template would show.
SELECT
    o.pair_set, o.pair, o.type, o.origin, o.agent, o.benchmark, o.revision, o.position, o.db_id, o.run, o.chosen, o.rejected, o.margin,
    p.prompt, p.rejected_prompt, t.text AS prompt_text, r.text AS rejected_prompt_text,
    p.chosen_candidate, p.rejected_candidate, p.chosen_critique, p.rejected_critique,
    CASE WHEN o.agent = 'fixer' THEN c.parent ELSE p.chosen_candidate END AS chosen_subject,
    CASE WHEN o.agent = 'fixer' THEN d.parent ELSE p.rejected_candidate END AS rejected_subject
FROM read_pairs AS o
JOIN pairs AS p ON p.pair_set = o.pair_set AND p.pair = o.pair
LEFT JOIN prompts AS t ON t.prompt = p.prompt
LEFT JOIN prompts AS r ON r.prompt = p.rejected_prompt
LEFT JOIN candidates AS c ON c.candidate = p.chosen_candidate
LEFT JOIN candidates AS d ON d.candidate = p.rejected_candidate
ORDER BY o.place
