-- How much the fixers of these runs depend on the critiques that they read.
SELECT *
FROM critique_sensitivity
WHERE list_contains($runs::VARCHAR[], run) AND comparator = $comparator AND gold_revision = $gold_revision
ORDER BY run, validator <> 'all', validator
