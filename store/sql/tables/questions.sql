-- key: benchmark, revision, position
CREATE TABLE questions (
    benchmark VARCHAR NOT NULL,
    revision VARCHAR NOT NULL,
    position INTEGER NOT NULL,
    question_id VARCHAR,
    db_id VARCHAR NOT NULL,
    question VARCHAR NOT NULL,
    evidence VARCHAR NOT NULL,
    difficulty VARCHAR,
    split VARCHAR
);
COMMENT ON TABLE questions IS 'One row is one question of a benchmark revision.';
COMMENT ON COLUMN questions.benchmark IS 'Benchmark it belongs to.';
COMMENT ON COLUMN questions.revision IS 'Revision of the benchmark.';
COMMENT ON COLUMN questions.position IS 'Place in the question file, from 0. This is the key, because question ids repeat in published files.';
COMMENT ON COLUMN questions.question_id IS 'The id that the file gives; may repeat or be NULL.';
COMMENT ON COLUMN questions.db_id IS 'Database that the question is about.';
COMMENT ON COLUMN questions.question IS 'The question in natural language.';
COMMENT ON COLUMN questions.evidence IS 'External knowledge given with the question; empty when there is none.';
COMMENT ON COLUMN questions.difficulty IS 'Difficulty as the file states it; NULL when it states none.';
COMMENT ON COLUMN questions.split IS 'Split as told at import, such as train or dev.';
