-- What the SQL of every candidate did under the current settings. A contract: its columns stay.
-- reads: candidate_results
-- like: candidate_results
SELECT
    benchmark, position, question_id, db_id, run, system, sample, stage, candidate, sql,
    status, error_class, error, n_rows, elapsed_ms
FROM candidate_results
