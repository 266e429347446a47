-- The candidates with all that a prompt may show of them, question by question, in the order of the draw.
SELECT
    a.candidate, a.run, a.benchmark, a.revision, a.position, a.sample, a.stage, a.verdict, a.reason, a.sql, a.completion, a.drop,
    a.stands_for, a.prompt, p.text AS prompt_text, a.parent, a.status, e.error, e.columns, e.n_rows, e.preview
FROM grouped_answers AS a
LEFT JOIN prompts AS p ON p.prompt = a.prompt
LEFT JOIN executions AS e
    ON e.database = a.database AND e.sql_id = a.sql_id AND e.settings = (SELECT settings FROM current_settings)
ORDER BY a.benchmark, a.revision, a.position, a.draw, a.candidate
