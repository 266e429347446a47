-- Some rows of each way to differ and each reason: those whose identities come first.
SELECT *
FROM reasoned_changes
QUALIFY row_number() OVER (PARTITION BY changes, reason ORDER BY row, split_before, split_after) <= $examples
ORDER BY changes, reason, row, split_before, split_after
