-- The candidates of those runs.
SELECT candidate FROM candidates WHERE run IN (FROM needed_runs)
