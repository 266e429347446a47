-- The pairs that stay.
SELECT o.*
FROM offered_pairs AS o
SEMI JOIN select_capped AS c ON c.pair_set = o.pair_set AND c.pair = o.pair AND c.reason IS NULL
