-- key: database, sql_id, engine
CREATE TABLE plans (
    database UUID NOT NULL,
    sql_id UUID NOT NULL,
    engine VARCHAR NOT NULL,
    steps VARCHAR[],
    error VARCHAR
);
COMMENT ON TABLE plans IS 'One row is how the engine would run one SQL on one database content: its query plan. Only SQL that is asked about has a row.';
COMMENT ON COLUMN plans.database IS 'Content of the database (see databases.database).';
COMMENT ON COLUMN plans.sql_id IS 'Identity of the SQL text.';
COMMENT ON COLUMN plans.engine IS 'Engine and version, such as sqlite 3.54.1.';
COMMENT ON COLUMN plans.steps IS 'The lines of EXPLAIN QUERY PLAN, in order; NULL when there is no plan.';
COMMENT ON COLUMN plans.error IS 'Why there is no plan.';
