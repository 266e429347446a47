-- The latest revision of each benchmark.
SELECT * FROM benchmarks
QUALIFY row_number() OVER (PARTITION BY benchmark ORDER BY added DESC) = 1
