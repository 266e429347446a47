-- key: candidate, gold_revision, comparator, version, settings, database
CREATE TABLE labels (
    candidate UUID NOT NULL,
    gold_revision VARCHAR NOT NULL,
    comparator VARCHAR NOT NULL,
    version INTEGER NOT NULL,
    settings VARCHAR NOT NULL,
    database UUID,
    verdict VARCHAR NOT NULL,
    reason VARCHAR
);
COMMENT ON TABLE labels IS 'One row is the opinion of one comparator version about a candidate, for one gold revision.';
COMMENT ON COLUMN labels.candidate IS 'Candidate that is judged.';
COMMENT ON COLUMN labels.gold_revision IS 'Gold revision that it was compared with.';
COMMENT ON COLUMN labels.comparator IS 'Name of the comparator, such as bird; or file:NAME for a flag that an imported file brought with it.';
COMMENT ON COLUMN labels.version IS 'Version of the comparator.';
COMMENT ON COLUMN labels.settings IS 'Engine and limits of the executions that were compared (see settings); imported for a flag from a file.';
COMMENT ON COLUMN labels.database IS 'Content of the database that both were executed on; NULL for a flag from a file.';
COMMENT ON COLUMN labels.verdict IS 'correct, wrong or unknown.';
COMMENT ON COLUMN labels.reason IS 'Why: different_result, error, rejected, no_sql, undecodable, flag (wrong); timeout, memory, crashed, gold_missing, gold_error, gold_timeout, gold_memory, gold_rejected, gold_crashed, gold_undecodable (unknown). NULL for correct.';
