-- Every candidate with the verdict of every current comparator for every gold revision: candidate_results and what the labels say. A candidate without a label is unknown, with the reason.
-- reads: candidate_results, run_comparators
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
-- column comparator: Comparator.
-- column gold_revision: Gold revision that it was compared with.
-- column verdict: correct, wrong or unknown.
-- column reason: Why it is not correct: as in labels, or no_sql, no_database, not_executed, not_labelled.
SELECT
    r.*,
    k.comparator,
    k.gold_revision,
    coalesce(l.verdict, 'unknown') AS verdict,
    CASE
        WHEN l.verdict IS NOT NULL THEN l.reason
        WHEN r.status IN ('no_database', 'not_executed') AND k.settings <> 'imported' THEN r.status
        ELSE 'not_labelled'
    END AS reason
FROM candidate_results AS r
JOIN run_comparators AS k ON k.run = r.run
LEFT JOIN labels AS l
    ON l.candidate = r.candidate
    AND l.comparator = k.comparator
    AND l.version = k.version
    AND l.gold_revision = k.gold_revision
    AND l.settings = k.settings
