-- The snapshots that the limits allow to end, each with the pins that were built from it. The current one never ends.
SELECT s.snapshot_id AS version, list(p.name || '@' || p.version ORDER BY p.name, p.version) FILTER (p.name IS NOT NULL) AS pins
FROM (
    SELECT snapshot_id, snapshot_time, row_number() OVER (ORDER BY snapshot_id DESC) AS place
    FROM lake.snapshots()
) AS s
LEFT JOIN pins AS p ON p.snapshot = s.snapshot_id
WHERE
    s.place > coalesce($keep, 1)
    AND ($age::INTERVAL IS NULL OR s.snapshot_time < now() - $age::INTERVAL)
    AND ($before::TIMESTAMPTZ IS NULL OR s.snapshot_time < $before::TIMESTAMPTZ)
GROUP BY s.snapshot_id
ORDER BY version
