-- key: database, sql_id, settings
CREATE TABLE executions (
    database UUID NOT NULL,
    sql_id UUID NOT NULL,
    settings VARCHAR NOT NULL,
    sql VARCHAR NOT NULL,
    status VARCHAR NOT NULL,
    error_class VARCHAR,
    error VARCHAR,
    columns VARCHAR[],
    n_rows BIGINT,
    preview JSON,
    set_digest UUID,
    bag_digest UUID,
    list_digest UUID,
    unordered_set_digest UUID,
    unordered_list_digest UUID,
    columns_digest UUID,
    undecodable BOOLEAN,
    volatile BOOLEAN,
    elapsed_ms DOUBLE
);
COMMENT ON TABLE executions IS 'One row is what one SQL text did on one database content, by one engine under one set of limits. It belongs to the SQL, not to a candidate: identical SQL runs once.';
COMMENT ON COLUMN executions.database IS 'Content of the database (see databases.database).';
COMMENT ON COLUMN executions.sql_id IS 'Identity of the SQL text.';
COMMENT ON COLUMN executions.settings IS 'Engine and limits (see settings).';
COMMENT ON COLUMN executions.sql IS 'The SQL text that was executed; for some comparators a rewritten form of a candidate''s SQL.';
COMMENT ON COLUMN executions.status IS 'ok, error, timeout, memory, rejected or crashed.';
COMMENT ON COLUMN executions.error_class IS 'For error: syntax, no_such_table, no_such_column, ambiguous_column, no_such_function, misuse, ...; for memory: heap, rows, cell_bytes or result_bytes; for rejected: the rule that was broken.';
COMMENT ON COLUMN executions.error IS 'The message of the engine or of the sandbox.';
COMMENT ON COLUMN executions.columns IS 'Names of the result columns.';
COMMENT ON COLUMN executions.n_rows IS 'Number of rows of the whole result.';
COMMENT ON COLUMN executions.preview IS 'The first rows as a JSON list of lists. A value that JSON has no form for is an object: {"blob": hex}, {"int": digits}, {"real": text}, {"bytes": hex} for TEXT that is not UTF-8, {"cut": text, "length": n} for a shortened one.';
COMMENT ON COLUMN executions.set_digest IS 'Digest of the result as a set of rows; equal values of INTEGER and REAL are one value.';
COMMENT ON COLUMN executions.bag_digest IS 'Digest of the result as a bag of rows: duplicates count, order does not.';
COMMENT ON COLUMN executions.list_digest IS 'Digest of the result as a list of rows: duplicates and order count.';
COMMENT ON COLUMN executions.unordered_set_digest IS 'Set digest of the rows with the values of each row sorted as the Spider test-suite script sorts them.';
COMMENT ON COLUMN executions.unordered_list_digest IS 'List digest of the rows with the values of each row sorted as the Spider test-suite script sorts them.';
COMMENT ON COLUMN executions.columns_digest IS 'Digest of the multiset of the columns, each taken as a bag of values: equal whenever one result is a column permutation of the other.';
COMMENT ON COLUMN executions.undecodable IS 'Whether some TEXT value is not valid UTF-8.';
COMMENT ON COLUMN executions.volatile IS 'Whether the statement reads the clock or calls random().';
COMMENT ON COLUMN executions.elapsed_ms IS 'Wall time in milliseconds.';
