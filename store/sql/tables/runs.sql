-- key: run
CREATE TABLE runs (
    run VARCHAR NOT NULL,
    benchmark VARCHAR NOT NULL,
    revision VARCHAR NOT NULL,
    system VARCHAR NOT NULL,
    k INTEGER,
    format VARCHAR NOT NULL,
    sources JSON NOT NULL,
    config JSON NOT NULL,
    added TIMESTAMP NOT NULL
);
COMMENT ON TABLE runs IS 'One row is one set of candidates, imported from files or generated: which system, for which benchmark revision.';
COMMENT ON COLUMN runs.run IS 'Name of the run, unique in the lake.';
COMMENT ON COLUMN runs.benchmark IS 'Benchmark whose questions it answers.';
COMMENT ON COLUMN runs.revision IS 'Revision of that benchmark.';
COMMENT ON COLUMN runs.system IS 'System that made the candidates.';
COMMENT ON COLUMN runs.k IS 'Number of samples a question that were asked for.';
COMMENT ON COLUMN runs.format IS 'Format that it was imported from, or the pipeline that generated it.';
COMMENT ON COLUMN runs.sources IS 'The files it was read from: a list of {path, sha256, bytes}.';
COMMENT ON COLUMN runs.config IS 'Configuration of the run, as far as it is known.';
COMMENT ON COLUMN runs.added IS 'When it was added, in UTC.';
