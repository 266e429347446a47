SELECT replace(database::VARCHAR, '-', '') AS database, path, sha256, bytes, mtime_ns
FROM current_databases
WHERE database IS NOT NULL
