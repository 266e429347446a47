-- The pairs of the types that were asked for, as found_pairs wants them.
SELECT
    p.type, p.origin, 'sql' AS agent, r.benchmark, r.revision, p.position, q.db_id, p.run,
    p.prompt, NULL::UUID AS rejected_prompt,
    p.chosen, p.rejected, p.chosen_candidate, p.rejected_candidate,
    NULL::UUID AS chosen_critique, NULL::UUID AS rejected_critique,
    p.chosen AS chosen_sql, p.rejected AS rejected_sql,
    p.chosen_reward, p.rejected_reward, p.chosen_step, p.rejected_step, p.chosen_claimed_ok, p.rejected_claimed_ok,
    row_number() OVER (ORDER BY p.run, p.position, p.type, p.prompt, p.nth, p.chosen_candidate, p.rejected_candidate) AS place
FROM natural_pairs AS p
JOIN runs AS r ON r.run = p.run
JOIN questions AS q ON q.benchmark = r.benchmark AND q.revision = r.revision AND q.position = p.position
WHERE list_contains($types::VARCHAR[], p.type)
