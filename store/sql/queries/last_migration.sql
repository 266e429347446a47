-- The version of this package that last made or moved the tables of the lake, or that wrote last where the snapshot of that
-- has been expired: who wrote after it knows its tables, too.
SELECT commit_extra_info ->> '$.versions."text2sql-store"' AS version
FROM lake.snapshots()
WHERE version IS NOT NULL
ORDER BY commit_extra_info ->> '$.command' IN ('init', 'migrate') DESC NULLS LAST, snapshot_id DESC
LIMIT 1
