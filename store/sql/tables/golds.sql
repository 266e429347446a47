-- key: benchmark, revision, position, gold_revision
CREATE TABLE golds (
    benchmark VARCHAR NOT NULL,
    revision VARCHAR NOT NULL,
    position INTEGER NOT NULL,
    gold_revision VARCHAR NOT NULL,
    sql VARCHAR NOT NULL,
    sql_id UUID NOT NULL
);
COMMENT ON TABLE golds IS 'One row is the gold SQL of a question in one gold revision; several revisions live side by side.';
COMMENT ON COLUMN golds.benchmark IS 'Benchmark of the question.';
COMMENT ON COLUMN golds.revision IS 'Revision of the benchmark.';
COMMENT ON COLUMN golds.position IS 'Position of the question.';
COMMENT ON COLUMN golds.gold_revision IS 'Name of the gold revision; the one that came with the questions is called original.';
COMMENT ON COLUMN golds.sql IS 'The gold SQL, as it stands in the file.';
COMMENT ON COLUMN golds.sql_id IS 'Identity of the SQL text: the first 128 bits of its sha256.';
