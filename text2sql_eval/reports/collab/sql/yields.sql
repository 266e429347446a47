-- What mining gave for these runs: pairs and questions by set and agent.
SELECT pair_set, mode, run, agent, questions, with_pair, pairs, pairs_per_question, reasons
FROM pair_yield_rates
WHERE list_contains($runs::VARCHAR[], run)
ORDER BY mode, pair_set, run, agent
