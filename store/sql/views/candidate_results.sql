-- Every candidate with its question and what its SQL did under the current settings. It has no gold and no label: this is what a selector may see.
-- reads: current_settings, current_databases
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
SELECT
    r.benchmark,
    r.revision,
    c.position,
    q.question_id,
    q.db_id,
    q.difficulty,
    c.run,
    r.system,
    c.sample,
    c.stage,
    c.step,
    c.candidate,
    c.parent,
    c.sql,
    c.sql_id,
    d.database,
    CASE
        WHEN d.database IS NULL THEN 'no_database'
        WHEN c.sql_id IS NULL THEN 'no_sql'
        ELSE coalesce(e.status, 'not_executed')
    END AS status,
    c.sql_id IS NOT NULL AND coalesce(e.status = 'ok', c.claimed_ok) AS executes,
    e.error_class,
    e.error,
    e.n_rows,
    e.elapsed_ms,
    e.set_digest
FROM candidates AS c
JOIN runs AS r ON r.run = c.run
JOIN questions AS q ON q.benchmark = r.benchmark AND q.revision = r.revision AND q.position = c.position
LEFT JOIN current_databases AS d ON d.benchmark = q.benchmark AND d.db_id = q.db_id
LEFT JOIN (SELECT * FROM executions WHERE settings = (SELECT settings FROM current_settings)) AS e
    ON e.sql_id = c.sql_id AND e.database = d.database
