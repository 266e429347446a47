-- The flags that files brought beside the label that a comparator gives: every flag, with our verdict where there is one.
SELECT
    c.run, c.position, c.sample, c.stage, f.comparator AS file, f.verdict AS file_says, o.verdict AS we_say, o.reason, c.sql
FROM labels AS f
JOIN candidates AS c ON c.candidate = f.candidate
LEFT JOIN (
    SELECT candidate, verdict, reason
    FROM labels
    WHERE comparator = $comparator AND version = $version AND gold_revision = $gold_revision AND settings = $settings
) AS o ON o.candidate = f.candidate
WHERE starts_with(f.comparator, 'file:') AND ($runs IS NULL OR list_contains($runs::VARCHAR[], c.run))
ORDER BY c.run, c.position, c.sample, c.step, f.comparator
