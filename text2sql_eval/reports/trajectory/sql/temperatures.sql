-- The temperatures with which the first sample of a question, and the further ones, were drawn in these runs; no entry where that is not known.
WITH drawn AS (
    SELECT
        run, (sampling ->> 'temperature')::DOUBLE AS temperature,
        sample = min(sample) OVER (PARTITION BY run, position) AS is_first
    FROM candidates
    WHERE list_contains($runs::VARCHAR[], run) AND step = 0
)
SELECT
    run,
    coalesce(list(DISTINCT temperature ORDER BY temperature) FILTER (is_first AND temperature IS NOT NULL), []) AS first,
    coalesce(list(DISTINCT temperature ORDER BY temperature) FILTER (NOT is_first AND temperature IS NOT NULL), []) AS further
FROM drawn
GROUP BY run
ORDER BY run
