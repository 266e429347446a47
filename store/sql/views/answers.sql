-- The final answer of every sample under each gate (see taken_fixes): the planner's SQL or the fix that stands. It has no gold and no label.
-- reads: candidate_results, taken_fixes
-- like: candidate_results
-- column gate: exec_ok, critique or always.
SELECT gate, c.*
FROM candidate_results AS c
CROSS JOIN (VALUES ('exec_ok'), ('critique'), ('always')) AS gates (gate)
LEFT JOIN taken_fixes AS t USING (gate, run, position, sample)
WHERE c.step = coalesce(t.step, 0)
