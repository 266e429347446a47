-- How many pairs are in each bin of each measure. What is beyond the bins is in the outermost ones.
-- The division is rounded, for 0.15 / 0.05 is less than 3 in floating point.
SELECT
    v.version, v.measure,
    greatest(0, least(b.bins - 1, floor(round((v.value - b.low) / b.width, 6))))::INTEGER AS bin,
    count(*) AS pairs
FROM report_values AS v
JOIN report_bins AS b USING (measure)
GROUP BY ALL
ORDER BY ALL
