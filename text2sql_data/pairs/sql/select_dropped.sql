-- The pairs that are left out, and why.
SELECT pair_set, pair, reason, detail FROM select_capped WHERE reason IS NOT NULL
