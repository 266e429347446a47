-- The verdict of every current comparator on every candidate, against the gold that came with the questions. A contract: its columns stay. For other gold revisions see judged_candidates.
-- reads: judged_candidates
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
-- column comparator: Comparator; file:NAME for the flags of an imported file.
-- column verdict: correct, wrong or unknown.
-- column reason: Why it is not correct.
SELECT
    benchmark, position, question_id, db_id, run, system, sample, stage, candidate, sql, comparator, verdict, reason
FROM judged_candidates
WHERE gold_revision = 'original'
