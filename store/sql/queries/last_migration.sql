-- The version of this package that last made or moved the tables of the lake.
SELECT commit_extra_info ->> '$.versions."text2sql-store"' AS version
FROM lake.snapshots()
WHERE commit_extra_info ->> '$.command' IN ('init', 'migrate')
ORDER BY snapshot_id DESC
LIMIT 1
