-- key: sql_id, other, version
CREATE TABLE sql_differences (
    sql_id UUID NOT NULL,
    other UUID NOT NULL,
    version INTEGER NOT NULL,
    parsed BOOLEAN NOT NULL,
    clauses VARCHAR[] NOT NULL
);
COMMENT ON TABLE sql_differences IS 'One row says in which clauses two SQL texts differ, as parsed; the other one is mostly a gold.';
COMMENT ON COLUMN sql_differences.sql_id IS 'Identity of a SQL text.';
COMMENT ON COLUMN sql_differences.other IS 'Identity of the SQL text that it was compared with.';
COMMENT ON COLUMN sql_differences.version IS 'Version of the comparison.';
COMMENT ON COLUMN sql_differences.parsed IS 'Whether both could be parsed.';
COMMENT ON COLUMN sql_differences.clauses IS 'The clauses that differ: select, from, where, group_by, having, order_by, limit, set_operation; empty when they are the same, or one could not be parsed.';
