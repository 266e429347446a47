-- Each measure in a few numbers, by version and by version and type; without a type over all pairs.
-- Sums are of decimals: a sum of floats would depend on the order of the rows, and so on the number of threads.
SELECT
    version, type, measure,
    count(*) AS n,
    (sum(value::DECIMAL(38, 9)))::DOUBLE / count(*) AS mean,
    min(value) AS least,
    quantile_disc(value, 0.05) AS p5,
    quantile_disc(value, 0.5) AS median,
    quantile_disc(value, 0.95) AS p95,
    max(value) AS most
FROM report_values
GROUP BY GROUPING SETS ((version, measure), (version, type, measure))
ORDER BY version, type NULLS FIRST, measure
