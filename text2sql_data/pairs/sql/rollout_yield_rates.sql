-- The yields of the chosen sets, or of all: an agent's sets stand beside each other, in the order in which they were asked for.
SELECT
    pair_set, mode, run, agent, questions, with_pair, without_pair, pairs, pairs_per_question, reasons, types
FROM pair_yield_rates
WHERE len($sets::VARCHAR[]) = 0 OR list_contains($sets::VARCHAR[], pair_set)
ORDER BY
    list_position(['sql', 'planner', 'select', 'condition', 'join', 'order', 'fixer'], agent) NULLS LAST,
    agent, list_position($sets::VARCHAR[], pair_set), pair_set, run
