-- The candidates that have a label under the current settings already, before others are labelled.
SELECT l.candidate, l.gold_revision, l.comparator, l.version, l.database
FROM labels AS l
WHERE l.settings = $settings
    AND list_contains($gold_revisions::VARCHAR[], l.gold_revision)
    AND list_contains($comparators::VARCHAR[], l.comparator)
