-- The benchmark revisions that a pin was built from, and those of its runs.
SELECT benchmark, revision FROM benchmarks WHERE list_contains($benchmarks::VARCHAR[], benchmark || ' ' || revision)
UNION
SELECT benchmark, revision FROM runs WHERE run IN (FROM needed_runs)
