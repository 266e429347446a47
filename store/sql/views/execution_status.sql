-- What the SQL of every candidate did under the current settings. A contract: its columns stay.
-- reads: candidate_results
-- column benchmark: Benchmark of the run.
-- column position: Position of the question.
-- column question_id: Id of the question as the benchmark gives it.
-- column db_id: Database of the question.
-- column run: Run of the candidate.
-- column system: System of the run.
-- column sample: Which of the K samples, from 0.
-- column stage: Stage that wrote it.
-- column candidate: Identity of the candidate.
-- column sql: The SQL.
-- column status: ok, error, timeout, memory, rejected, crashed, no_database, no_sql or not_executed.
-- column error_class: Class of the error.
-- column error: Message of the engine or of the sandbox.
-- column n_rows: Number of rows of the whole result.
-- column elapsed_ms: Wall time in milliseconds.
SELECT
    benchmark, position, question_id, db_id, run, system, sample, stage, candidate, sql,
    status, error_class, error, n_rows, elapsed_ms
FROM candidate_results
