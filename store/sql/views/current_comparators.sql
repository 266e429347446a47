-- The current version of each comparator that has labelled something in this lake.
-- like: comparators
SELECT comparator, max(version) AS version, arg_max(meaning, version) AS meaning
FROM comparators
GROUP BY comparator
