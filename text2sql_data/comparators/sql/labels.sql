-- The labels: what was compared, spread over the candidates with that SQL. What was not executed yet gets none.
WITH judged AS (
    SELECT
        m.benchmark, m.revision, m.position, m.sql_id, m.database,
        CASE
            WHEN NOT m.has_gold THEN 'gold_missing'
            WHEN m.gold_status <> 'ok' THEN 'gold_' || m.gold_status
            WHEN m.gold_undecodable THEN 'gold_undecodable'
            WHEN m.gold_status IS NULL THEN NULL
            WHEN m.sql_id IS NULL THEN 'no_sql'
            WHEN m.status <> 'ok' THEN m.status
            WHEN m.status IS NULL THEN NULL
            WHEN m.undecodable THEN 'undecodable'
            WHEN coalesce(m.same, d.same) THEN 'same'
            WHEN NOT coalesce(m.same, d.same) THEN 'different_result'
        END AS finding
    FROM compared AS m
    LEFT JOIN decided AS d ON d.compared = m.rowid
)
SELECT
    c.candidate,
    $gold_revision AS gold_revision,
    $comparator AS comparator,
    $version AS version,
    $settings AS settings,
    j.database,
    CASE
        WHEN j.finding = 'same' THEN 'correct'
        WHEN j.finding IN ('no_sql', 'error', 'rejected', 'undecodable', 'different_result') THEN 'wrong'
        ELSE 'unknown'
    END AS verdict,
    nullif(j.finding, 'same') AS reason
FROM candidates AS c
JOIN runs AS r ON r.run = c.run
JOIN judged AS j
    ON j.benchmark = r.benchmark AND j.revision = r.revision AND j.position = c.position
    AND j.sql_id IS NOT DISTINCT FROM c.sql_id
ANTI JOIN (
    SELECT candidate, database
    FROM labels
    WHERE comparator = $comparator AND version = $version AND gold_revision = $gold_revision AND settings = $settings
) AS l ON l.candidate = c.candidate AND l.database = j.database
WHERE j.finding IS NOT NULL AND ($runs IS NULL OR list_contains($runs::VARCHAR[], c.run))
