-- The pairs that were read, as found_pairs wants them, in the order of the files.
SELECT
    b.type, b.origin, 'sql' AS agent, m.benchmark, m.revision, m.position, coalesce(m.db_id, b.db_id) AS db_id,
    NULL::VARCHAR AS run,
    b.prompt, NULL::UUID AS rejected_prompt,
    b.chosen, b.rejected, NULL::UUID AS chosen_candidate, NULL::UUID AS rejected_candidate,
    NULL::UUID AS chosen_critique, NULL::UUID AS rejected_critique,
    b.chosen_sql, b.rejected_sql, b.chosen_reward, b.rejected_reward, b.chosen_step, b.rejected_step,
    b.chosen_claimed_ok, b.rejected_claimed_ok,
    row_number() OVER (ORDER BY b.file, b.line) AS place
FROM pair_batch AS b
LEFT JOIN matched_pairs AS m USING (file, line)
