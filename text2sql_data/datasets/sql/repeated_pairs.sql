-- The pairs that a recipe reads in more than one of its sets, once for each set but the one that was named first.
SELECT p.pair, p.pair_set, p.benchmark, p.revision, p.position, p.db_id
FROM pairs AS p
JOIN read_pairs AS r ON r.pair = p.pair AND r.pair_set <> p.pair_set
WHERE list_contains($pair_sets::VARCHAR[], p.pair_set)
ORDER BY p.pair, p.pair_set
