-- Candidates that a critique or a fix is about, with what their SQL did and the critiques that were there when it was fixed.
SELECT
    r.candidate, r.sql, r.status, e.error, e.columns, e.n_rows, e.preview,
    list({'validator': k.validator, 'verdict': k.verdict, 'text': k.text} ORDER BY k.place, k.validator, k.regime, k.ordinal)
        FILTER (k.critique IS NOT NULL) AS critiques
FROM candidate_results AS r
LEFT JOIN executions AS e
    ON e.database = r.database AND e.sql_id = r.sql_id AND e.settings = (SELECT settings FROM current_settings)
LEFT JOIN (
    SELECT *, coalesce(list_position(['select', 'condition', 'join', 'order'], validator), 5) AS place
    FROM critiques
    -- Of several sets of critiques the first: it is what the stage fixer read.
    WHERE
        NOT coalesce(post_hoc, false)
        AND (ordinal = 0 OR candidate NOT IN (SELECT c.candidate FROM candidates AS c SEMI JOIN divided_runs AS d ON d.run = c.run))
) AS k ON k.candidate = r.candidate
WHERE r.candidate IN (SELECT candidate FROM wanted_subjects)
GROUP BY ALL
