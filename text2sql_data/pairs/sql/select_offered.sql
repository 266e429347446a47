-- The pairs of the sets that are chosen from, in the order in which the sets are named.
SELECT *, row_number() OVER (ORDER BY list_position($sets::VARCHAR[], pair_set), pair) AS place
FROM pair_measures
WHERE list_contains($sets::VARCHAR[], pair_set)
