-- The final answer of every sample under each gate (see taken_fixes): the planner's SQL or the fix that stands. It has no gold and no label.
-- reads: candidate_results, taken_fixes
-- column gate: exec_ok, critique or always.
-- column benchmark: Benchmark of the run.
-- column revision: Revision of the benchmark.
-- column position: Position of the question.
-- column question_id: Id of the question as the benchmark gives it.
-- column db_id: Database of the question.
-- column difficulty: Difficulty of the question.
-- column run: Run of the candidate.
-- column system: System of the run.
-- column sample: Which of the K samples, from 0.
-- column stage: Stage that wrote it.
-- column step: Order of the stages within a sample.
-- column candidate: Identity of the candidate.
-- column parent: Candidate that it was made from.
-- column sql: The SQL.
-- column sql_id: Identity of the SQL text.
-- column database: Content of the database, NULL when there is none.
-- column status: ok, error, timeout, memory, rejected, crashed, no_database, no_sql or not_executed.
-- column executes: Whether the SQL executes: by our execution, or where there is none by what the source says.
-- column error_class: Class of the error.
-- column error: Message of the error.
-- column n_rows: Number of rows of the result.
-- column elapsed_ms: Wall time in milliseconds.
-- column set_digest: Digest of the result as a set of rows.
SELECT gate, c.*
FROM candidate_results AS c
CROSS JOIN (VALUES ('exec_ok'), ('critique'), ('always')) AS gates (gate)
LEFT JOIN taken_fixes AS t USING (gate, run, position, sample)
WHERE c.step = coalesce(t.step, 0)
