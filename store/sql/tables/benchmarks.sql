-- key: benchmark, revision
-- order: added
CREATE TABLE benchmarks (
    benchmark VARCHAR NOT NULL,
    revision VARCHAR NOT NULL,
    layout VARCHAR NOT NULL,
    dialect VARCHAR NOT NULL,
    n_questions BIGINT NOT NULL,
    sources JSON NOT NULL,
    notes JSON NOT NULL,
    added TIMESTAMP NOT NULL
);
COMMENT ON TABLE benchmarks IS 'One row is one imported revision of a benchmark: a set of questions read from named files.';
COMMENT ON COLUMN benchmarks.benchmark IS 'Name given at import, such as spider_dev.';
COMMENT ON COLUMN benchmarks.revision IS 'Which content of the benchmark: the first 12 hex digits of the sha256 of its question file, unless told.';
COMMENT ON COLUMN benchmarks.layout IS 'How the files were laid out: spider, bird or generic.';
COMMENT ON COLUMN benchmarks.dialect IS 'SQL dialect of the gold SQL and the databases.';
COMMENT ON COLUMN benchmarks.n_questions IS 'Number of questions in this revision.';
COMMENT ON COLUMN benchmarks.sources IS 'The files it was read from: a list of {path, sha256, bytes}.';
COMMENT ON COLUMN benchmarks.notes IS 'What the reader found worth reporting: repeated question ids, repeated questions, missing databases, each with a count and examples.';
COMMENT ON COLUMN benchmarks.added IS 'When it was imported, in UTC; the latest revision of a name is its current one.';
