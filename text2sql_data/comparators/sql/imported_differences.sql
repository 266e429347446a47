-- The flags that files brought beside the label that a comparator gives: every flag, with our verdict where there is one.
SELECT
    c.run, c.position, c.sample, c.stage, f.comparator AS file, f.verdict AS file_says, o.verdict AS we_say, o.reason, c.sql
FROM labels AS f
JOIN candidates AS c ON c.candidate = f.candidate
JOIN runs AS r ON r.run = c.run
JOIN questions AS q ON q.benchmark = r.benchmark AND q.revision = r.revision AND q.position = c.position
LEFT JOIN current_databases AS d ON d.benchmark = q.benchmark AND d.db_id = q.db_id
LEFT JOIN (
    SELECT candidate, database, verdict, reason
    FROM labels
    WHERE comparator = $comparator AND version = $version AND gold_revision = $gold_revision AND settings = $settings
) AS o ON o.candidate = f.candidate AND o.database = d.database
WHERE starts_with(f.comparator, 'file:') AND ($runs IS NULL OR list_contains($runs::VARCHAR[], c.run))
ORDER BY c.run, c.position, c.sample, c.step, f.comparator
