-- key: benchmark, db_id, added
-- order: added
CREATE TABLE databases (
    benchmark VARCHAR NOT NULL,
    db_id VARCHAR NOT NULL,
    database UUID,
    sha256 VARCHAR,
    bytes BIGINT,
    mtime_ns BIGINT,
    path VARCHAR,
    reason VARCHAR,
    schema JSON,
    added TIMESTAMP NOT NULL
);
COMMENT ON TABLE databases IS 'One row is a database file of a benchmark as it was found, or the fact that it is missing or unreadable. The latest row of a (benchmark, db_id) is the current one.';
COMMENT ON COLUMN databases.benchmark IS 'Benchmark it belongs to.';
COMMENT ON COLUMN databases.db_id IS 'Name of the database in the benchmark.';
COMMENT ON COLUMN databases.database IS 'Identity of its content: the first 128 bits of the sha256 of the file. NULL when there is no readable file.';
COMMENT ON COLUMN databases.sha256 IS 'sha256 of the file, in hex.';
COMMENT ON COLUMN databases.bytes IS 'Size of the file in bytes.';
COMMENT ON COLUMN databases.mtime_ns IS 'Modification time when it was hashed, in nanoseconds; a file with another size or time is hashed again before it is used.';
COMMENT ON COLUMN databases.path IS 'Absolute path of the file, or the path that was looked for.';
COMMENT ON COLUMN databases.reason IS 'Why it cannot be used: missing or unreadable, with the error. NULL when it can.';
COMMENT ON COLUMN databases.schema IS 'Tables with columns, types, keys, foreign keys, row counts, descriptions and example values. Also there for a database that is absent when tables.json describes it.';
COMMENT ON COLUMN databases.added IS 'When this row was written, in UTC.';
