-- key: name, version, row
CREATE TABLE pin_drops (
    name VARCHAR NOT NULL,
    version INTEGER NOT NULL,
    row UUID NOT NULL,
    benchmark VARCHAR,
    revision VARCHAR,
    position INTEGER,
    reason VARCHAR NOT NULL,
    detail VARCHAR NOT NULL
);
COMMENT ON TABLE pin_drops IS 'One row is an example that a dataset left out while it was built, and why.';
COMMENT ON COLUMN pin_drops.name IS 'Name of the dataset.';
COMMENT ON COLUMN pin_drops.version IS 'Version of the dataset.';
COMMENT ON COLUMN pin_drops.row IS 'Identity of the example, as in pin_rows; for a pair that a filter left out, that of the pair.';
COMMENT ON COLUMN pin_drops.benchmark IS 'Benchmark of the question.';
COMMENT ON COLUMN pin_drops.revision IS 'Revision of the benchmark.';
COMMENT ON COLUMN pin_drops.position IS 'Position of the question.';
COMMENT ON COLUMN pin_drops.reason IS 'Which rule: duplicate, rewrite, balance, too_long, unknown_label, overlap, cap, ...';
COMMENT ON COLUMN pin_drops.detail IS 'The value and the limit that it broke, for people.';
