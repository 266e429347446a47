-- The latest revision of each benchmark.
-- like: benchmarks
SELECT * FROM benchmarks
QUALIFY row_number() OVER (PARTITION BY benchmark ORDER BY added DESC) = 1
