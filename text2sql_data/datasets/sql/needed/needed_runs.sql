-- The runs that a pin was built from, and those that its pairs were mined from.
SELECT unnest($runs::VARCHAR[]) AS run
UNION
SELECT run FROM pairs WHERE pair_set IN (FROM needed_pair_sets) AND run IS NOT NULL
UNION
SELECT parent ->> 'run'
FROM (SELECT unnest(from_json(parents, '["JSON"]')) AS parent FROM pair_sets WHERE pair_set IN (FROM needed_pair_sets))
WHERE parent ->> 'run' IS NOT NULL
