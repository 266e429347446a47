-- The opinions that there may be about each run: every current comparator for every gold revision under the current settings, and the run's own imported flags.
-- reads: current_comparators, current_settings
-- column run: Run.
-- column comparator: Comparator.
-- column version: Its current version.
-- column gold_revision: Gold revision.
-- column settings: Settings of the labels; imported for the flags of a file.
SELECT r.run, c.comparator, c.version, g.gold_revision, s.settings
FROM runs AS r
JOIN (SELECT DISTINCT benchmark, revision, gold_revision FROM golds) AS g
    ON g.benchmark = r.benchmark AND g.revision = r.revision
CROSS JOIN current_comparators AS c
CROSS JOIN current_settings AS s
WHERE NOT starts_with(c.comparator, 'file:')
UNION ALL
SELECT r.run, c.comparator, c.version, 'original', 'imported'
FROM runs AS r
JOIN current_comparators AS c ON c.comparator = 'file:' || r.run
