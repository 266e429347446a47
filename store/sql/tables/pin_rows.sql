-- key: name, version, split, row
CREATE TABLE pin_rows (
    name VARCHAR NOT NULL,
    version INTEGER NOT NULL,
    split VARCHAR NOT NULL,
    row UUID NOT NULL,
    digest UUID NOT NULL,
    place BIGINT NOT NULL,
    benchmark VARCHAR,
    revision VARCHAR,
    position INTEGER,
    db_id VARCHAR,
    sources JSON NOT NULL,
    content JSON NOT NULL
);
COMMENT ON TABLE pin_rows IS 'One row is one example of a pinned dataset, as a trainer gets it.';
COMMENT ON COLUMN pin_rows.name IS 'Name of the dataset.';
COMMENT ON COLUMN pin_rows.version IS 'Version of the dataset.';
COMMENT ON COLUMN pin_rows.split IS 'train, validation or test.';
COMMENT ON COLUMN pin_rows.row IS 'Identity of the example: what it was made from, the same in every version, whatever text or label it has there.';
COMMENT ON COLUMN pin_rows.digest IS 'The first 128 bits of the sha256 of the content as canonical JSON.';
COMMENT ON COLUMN pin_rows.place IS 'Order within the split, from 0.';
COMMENT ON COLUMN pin_rows.benchmark IS 'Benchmark of the question.';
COMMENT ON COLUMN pin_rows.revision IS 'Revision of the benchmark.';
COMMENT ON COLUMN pin_rows.position IS 'Position of the question.';
COMMENT ON COLUMN pin_rows.db_id IS 'Database of the question.';
COMMENT ON COLUMN pin_rows.sources IS 'What it was made from: candidates, pair and pair set, critiques, labels.';
COMMENT ON COLUMN pin_rows.content IS 'The example: the columns that a trainer reads.';
