CREATE TEMP TABLE needed_pair_sets (pair_set VARCHAR);
CREATE TEMP TABLE needed_runs (run VARCHAR);
CREATE TEMP TABLE needed_benchmarks (benchmark VARCHAR, revision VARCHAR);
CREATE TEMP TABLE needed_candidates (candidate UUID);
