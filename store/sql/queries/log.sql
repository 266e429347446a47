SELECT
    snapshot_id AS version,
    snapshot_time AT TIME ZONE 'UTC' AS time,
    author,
    commit_message AS message,
    commit_extra_info ->> 'command' AS command,
    commit_extra_info -> 'arguments' AS arguments,
    commit_extra_info -> 'versions' AS versions
FROM lake.snapshots()
ORDER BY version DESC
