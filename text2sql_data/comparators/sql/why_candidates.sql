-- Every candidate of one question: what its SQL did, and what each comparator said about it.
WITH said AS (
    SELECT l.candidate, list({'comparator': l.comparator, 'verdict': l.verdict, 'reason': l.reason} ORDER BY l.comparator) AS labels
    FROM labels AS l
    JOIN comparator_versions AS v ON v.comparator = l.comparator AND v.version = l.version
    WHERE l.gold_revision = $gold_revision AND l.settings = $settings AND replace(l.database::VARCHAR, '-', '') = $database
    GROUP BY l.candidate
)
SELECT
    c.run, c.sample, c.stage, c.sql, s.labels,
    e.status, e.error, e.columns, e.n_rows, e.preview, e.bag_digest::VARCHAR AS bag_digest
FROM candidates AS c
JOIN runs AS r ON r.run = c.run
LEFT JOIN executions AS e
    ON e.sql_id = c.sql_id AND e.settings = $settings AND replace(e.database::VARCHAR, '-', '') = $database
LEFT JOIN said AS s ON s.candidate = c.candidate
WHERE
    r.benchmark = $benchmark AND r.revision = $revision AND c.position = $position
    AND ($runs IS NULL OR list_contains($runs::VARCHAR[], c.run))
ORDER BY c.run, c.sample, c.step
