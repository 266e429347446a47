-- The pairs that stay, as the sets that they come from have them.
SELECT p.* EXCLUDE (pair_set, pair, edit_ratio, word_edit_ratio), k.place
FROM pairs AS p
JOIN kept_pairs AS k ON k.pair_set = p.pair_set AND k.pair = p.pair
