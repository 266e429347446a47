-- The pairs of the sets of a recipe, each once, in the order of the draw.
SELECT m.*, row_number() OVER (ORDER BY sha256(concat_ws(chr(10), $seed, m.pair)), m.pair) AS place
FROM pair_measures AS m
WHERE list_contains($pair_sets::VARCHAR[], m.pair_set)
QUALIFY row_number() OVER (PARTITION BY m.pair ORDER BY list_position($pair_sets::VARCHAR[], m.pair_set)) = 1
