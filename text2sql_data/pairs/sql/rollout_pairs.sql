-- The table found_pairs that recording reads.
FROM (SELECT * EXCLUDE (reason) FROM rollout_found WHERE reason IS NULL)
