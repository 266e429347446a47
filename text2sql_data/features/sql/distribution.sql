-- How the values of one feature are distributed in some runs, as they were computed last.
WITH wanted AS (
    SELECT unnest($runs::VARCHAR[]) AS run
),
latest AS (
    SELECT run, value[$place::BIGINT] AS value
    FROM lake.feature_values
    WHERE feature_set = $feature_set::UUID AND list_contains($runs::VARCHAR[], run)
    QUALIFY row_number() OVER (PARTITION BY candidate ORDER BY snapshot DESC) = 1
)
SELECT
    w.run, count(l.value) AS n, count(l.run) - count(l.value) AS missing, avg(l.value) AS mean, min(l.value) AS least,
    quantile_cont(l.value, 0.25) AS lower_quartile, median(l.value) AS median, quantile_cont(l.value, 0.75) AS upper_quartile,
    max(l.value) AS most
FROM wanted AS w
LEFT JOIN latest AS l ON l.run = w.run
GROUP BY w.run
ORDER BY w.run
