-- key: comparator, version
CREATE TABLE comparators (
    comparator VARCHAR NOT NULL,
    version INTEGER NOT NULL,
    meaning VARCHAR NOT NULL,
    added TIMESTAMP NOT NULL
);
COMMENT ON TABLE comparators IS 'One row is a version of a comparator that has labelled something in this lake. The highest version of a name is its current one.';
COMMENT ON COLUMN comparators.comparator IS 'Name, such as bird or spider; or file:NAME for the flags of an imported file.';
COMMENT ON COLUMN comparators.version IS 'Version, raised whenever a verdict could change.';
COMMENT ON COLUMN comparators.meaning IS 'What it takes for the same result.';
COMMENT ON COLUMN comparators.added IS 'When it first labelled something here, in UTC.';
