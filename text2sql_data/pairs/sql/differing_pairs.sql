-- How many pairs are in only one of the two: what was found, and the set of that name in the lake.
SELECT count(*)
FROM (SELECT pair FROM identified_pairs WHERE drop IS NULL) AS f
FULL JOIN (SELECT pair FROM lake.pairs WHERE pair_set = getvariable('pair_set')) AS t ON t.pair = f.pair
WHERE f.pair IS NULL OR t.pair IS NULL
