-- All candidates of some runs for a question, with what their SQL did, and whether they stand as final answers under the gate.
SELECT
    r.candidate, r.run, r.sample, r.stage, r.step, r.parent, r.sql, r.sql_id, r.status, r.error_class, r.error, r.set_digest,
    e.columns, e.n_rows, e.preview, c.logprob, c.tokens, c.saw_gold,
    r.step = coalesce(t.step, 0) AS final
FROM candidate_results AS r
JOIN candidates AS c ON c.candidate = r.candidate
LEFT JOIN taken_fixes AS t ON t.gate = $gate AND t.run = r.run AND t.position = r.position AND t.sample = r.sample
LEFT JOIN executions AS e
    ON e.database = r.database AND e.sql_id = r.sql_id AND e.settings = (SELECT settings FROM current_settings)
WHERE list_contains($runs::VARCHAR[], r.run) AND r.position = $position
ORDER BY r.run, r.sample, r.step, r.stage
