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
CREATE TABLE candidates (
    candidate UUID NOT NULL,
    run VARCHAR NOT NULL,
    position INTEGER NOT NULL,
    sample SMALLINT NOT NULL,
    stage VARCHAR NOT NULL,
    step SMALLINT NOT NULL,
    parent UUID,
    sql VARCHAR,
    sql_id UUID,
    completion VARCHAR,
    prompt UUID,
    sampling JSON,
    logprob DOUBLE,
    claimed_ok BOOLEAN
);
COMMENT ON TABLE candidates IS 'One row is one candidate SQL: what a run answered to a question, for one sample at one stage.';
COMMENT ON COLUMN candidates.candidate IS 'Identity: the first 128 bits of the sha256 of run, position, sample and stage, joined by newlines.';
COMMENT ON COLUMN candidates.run IS 'Run it belongs to.';
COMMENT ON COLUMN candidates.position IS 'Position of the question in the benchmark revision of the run.';
COMMENT ON COLUMN candidates.sample IS 'Which of the K samples, from 0.';
COMMENT ON COLUMN candidates.stage IS 'Which stage wrote it: answer (a system that answers once), planner, fixer, turn 1, turn 2, ...';
COMMENT ON COLUMN candidates.step IS 'Order of the stages within a sample, from 0; the final answer of a sample is taken from its last steps (see the view answers).';
COMMENT ON COLUMN candidates.parent IS 'Candidate that this one was made from, such as the planner''s SQL of a fix.';
COMMENT ON COLUMN candidates.sql IS 'The SQL, as the source gives it. NULL when no SQL could be taken out of the completion.';
COMMENT ON COLUMN candidates.sql_id IS 'Identity of the SQL text: the first 128 bits of its sha256. NULL when there is no SQL.';
COMMENT ON COLUMN candidates.completion IS 'The raw completion of the model, where it is known.';
COMMENT ON COLUMN candidates.prompt IS 'Prompt it was made from, where it is known.';
COMMENT ON COLUMN candidates.sampling IS 'Sampling parameters: temperature, top_p, seed.';
COMMENT ON COLUMN candidates.logprob IS 'Sum of the token log-probabilities of the completion, in nats.';
COMMENT ON COLUMN candidates.claimed_ok IS 'Whether the source says that the SQL executed. Used only where the SQL was not executed here.';
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
CREATE TABLE critiques (
    critique UUID NOT NULL,
    candidate UUID NOT NULL,
    validator VARCHAR NOT NULL,
    regime VARCHAR NOT NULL,
    ordinal SMALLINT NOT NULL,
    text VARCHAR NOT NULL,
    verdict VARCHAR NOT NULL,
    prompt UUID
);
COMMENT ON TABLE critiques IS 'One row is one critique of a candidate.';
COMMENT ON COLUMN critiques.critique IS 'Identity: the first 128 bits of the sha256 of candidate, validator, regime and ordinal, joined by newlines.';
COMMENT ON COLUMN critiques.candidate IS 'Candidate that it criticises.';
COMMENT ON COLUMN critiques.validator IS 'Who wrote it: select, condition, join, order, judge, human, ...';
COMMENT ON COLUMN critiques.regime IS 'How the validator was made, such as sft, collab or indep; the run''s system unless told.';
COMMENT ON COLUMN critiques.ordinal IS 'Which of several critiques by the same validator, from 0.';
COMMENT ON COLUMN critiques.text IS 'The critique.';
COMMENT ON COLUMN critiques.verdict IS 'correct, incorrect, or unparsed when the text does not conclude.';
COMMENT ON COLUMN critiques.prompt IS 'Prompt it was made from, where it is known.';
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
CREATE TABLE executions (
    database UUID NOT NULL,
    sql_id UUID NOT NULL,
    settings VARCHAR NOT NULL,
    sql VARCHAR NOT NULL,
    status VARCHAR NOT NULL,
    error_class VARCHAR,
    error VARCHAR,
    columns VARCHAR[],
    n_rows BIGINT,
    preview JSON,
    set_digest UUID,
    bag_digest UUID,
    list_digest UUID,
    unordered_set_digest UUID,
    unordered_list_digest UUID,
    columns_digest UUID,
    undecodable BOOLEAN,
    volatile BOOLEAN,
    elapsed_ms DOUBLE
);
COMMENT ON TABLE executions IS 'One row is what one SQL text did on one database content, by one engine under one set of limits. It belongs to the SQL, not to a candidate: identical SQL runs once.';
COMMENT ON COLUMN executions.database IS 'Content of the database (see databases.database).';
COMMENT ON COLUMN executions.sql_id IS 'Identity of the SQL text.';
COMMENT ON COLUMN executions.settings IS 'Engine and limits (see settings).';
COMMENT ON COLUMN executions.sql IS 'The SQL text that was executed; for some comparators a rewritten form of a candidate''s SQL.';
COMMENT ON COLUMN executions.status IS 'ok, error, timeout, memory, rejected or crashed.';
COMMENT ON COLUMN executions.error_class IS 'For error: syntax, no_such_table, no_such_column, ambiguous_column, no_such_function, misuse, ...; for memory: heap, rows, cell_bytes or result_bytes; for rejected: the rule that was broken.';
COMMENT ON COLUMN executions.error IS 'The message of the engine or of the sandbox.';
COMMENT ON COLUMN executions.columns IS 'Names of the result columns.';
COMMENT ON COLUMN executions.n_rows IS 'Number of rows of the whole result.';
COMMENT ON COLUMN executions.preview IS 'The first rows as a JSON list of lists. A value that JSON has no form for is an object: {"blob": hex}, {"int": digits}, {"real": text}, {"bytes": hex} for TEXT that is not UTF-8, {"cut": text, "length": n} for a shortened one.';
COMMENT ON COLUMN executions.set_digest IS 'Digest of the result as a set of rows; equal values of INTEGER and REAL are one value.';
COMMENT ON COLUMN executions.bag_digest IS 'Digest of the result as a bag of rows: duplicates count, order does not.';
COMMENT ON COLUMN executions.list_digest IS 'Digest of the result as a list of rows: duplicates and order count.';
COMMENT ON COLUMN executions.unordered_set_digest IS 'Set digest of the rows with the values of each row sorted as the Spider test-suite script sorts them.';
COMMENT ON COLUMN executions.unordered_list_digest IS 'List digest of the rows with the values of each row sorted as the Spider test-suite script sorts them.';
COMMENT ON COLUMN executions.columns_digest IS 'Digest of the multiset of the columns, each taken as a bag of values: equal whenever one result is a column permutation of the other.';
COMMENT ON COLUMN executions.undecodable IS 'Whether some TEXT value is not valid UTF-8.';
COMMENT ON COLUMN executions.volatile IS 'Whether the statement reads the clock or calls random().';
COMMENT ON COLUMN executions.elapsed_ms IS 'Wall time in milliseconds.';
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
CREATE TABLE labels (
    candidate UUID NOT NULL,
    gold_revision VARCHAR NOT NULL,
    comparator VARCHAR NOT NULL,
    version INTEGER NOT NULL,
    settings VARCHAR NOT NULL,
    database UUID,
    verdict VARCHAR NOT NULL,
    reason VARCHAR
);
COMMENT ON TABLE labels IS 'One row is the opinion of one comparator version about a candidate, for one gold revision.';
COMMENT ON COLUMN labels.candidate IS 'Candidate that is judged.';
COMMENT ON COLUMN labels.gold_revision IS 'Gold revision that it was compared with.';
COMMENT ON COLUMN labels.comparator IS 'Name of the comparator, such as bird; or file:NAME for a flag that an imported file brought with it.';
COMMENT ON COLUMN labels.version IS 'Version of the comparator.';
COMMENT ON COLUMN labels.settings IS 'Engine and limits of the executions that were compared (see settings); imported for a flag from a file.';
COMMENT ON COLUMN labels.database IS 'Content of the database that both were executed on; NULL for a flag from a file.';
COMMENT ON COLUMN labels.verdict IS 'correct, wrong or unknown.';
COMMENT ON COLUMN labels.reason IS 'Why: different_result, error, rejected, no_sql, undecodable, flag (wrong); timeout, memory, crashed, gold_missing, gold_error, gold_timeout, gold_memory, gold_rejected, gold_crashed, gold_undecodable (unknown). NULL for correct.';
CREATE TABLE migrations (
    version INTEGER NOT NULL,
    name VARCHAR NOT NULL,
    applied TIMESTAMP NOT NULL
);
COMMENT ON TABLE migrations IS 'One row is a version of the tables and views that this lake has reached; the highest one is the lake''s version.';
COMMENT ON COLUMN migrations.version IS 'Version number, from 1.';
COMMENT ON COLUMN migrations.name IS 'What changed: created, or the name of the migration.';
COMMENT ON COLUMN migrations.applied IS 'When it was applied, in UTC.';
CREATE TABLE prompts (
    prompt UUID NOT NULL,
    text VARCHAR NOT NULL
);
COMMENT ON TABLE prompts IS 'One row is one prompt text, stored once however many candidates it led to.';
COMMENT ON COLUMN prompts.prompt IS 'Identity of the text: the first 128 bits of its sha256.';
COMMENT ON COLUMN prompts.text IS 'The prompt as the model saw it.';
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
CREATE TABLE rejects (
    sha256 VARCHAR NOT NULL,
    line BIGINT NOT NULL,
    path VARCHAR NOT NULL,
    format VARCHAR NOT NULL,
    reason VARCHAR NOT NULL,
    raw VARCHAR NOT NULL
);
COMMENT ON TABLE rejects IS 'One row is a line that an importer could not read and that was put aside with --quarantine.';
COMMENT ON COLUMN rejects.sha256 IS 'sha256 of the source file.';
COMMENT ON COLUMN rejects.line IS 'Line in the file, from 1; for a JSON list or object the number of the entry.';
COMMENT ON COLUMN rejects.path IS 'Path of the file.';
COMMENT ON COLUMN rejects.format IS 'Format that it was read as.';
COMMENT ON COLUMN rejects.reason IS 'What was wrong.';
COMMENT ON COLUMN rejects.raw IS 'The text itself; bytes that are not UTF-8 appear as \xNN.';
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
CREATE TABLE settings (
    settings VARCHAR NOT NULL,
    engine VARCHAR NOT NULL,
    seconds DOUBLE NOT NULL,
    heap_mb INTEGER NOT NULL,
    max_rows BIGINT NOT NULL,
    max_cell_bytes BIGINT NOT NULL,
    max_result_bytes BIGINT NOT NULL,
    preview_rows INTEGER NOT NULL,
    preview_cell_chars INTEGER NOT NULL,
    chosen TIMESTAMP NOT NULL
);
COMMENT ON TABLE settings IS 'One row says that from then on SQL is executed by this engine under these limits; the latest row is the current choice, and every view follows it.';
COMMENT ON COLUMN settings.settings IS 'Identity: the first 12 hex digits of the sha256 of the engine and the limits as canonical JSON.';
COMMENT ON COLUMN settings.engine IS 'Engine and version, such as sqlite 3.54.1.';
COMMENT ON COLUMN settings.seconds IS 'Wall time that a statement may take.';
COMMENT ON COLUMN settings.heap_mb IS 'Memory that the engine may use, in MiB.';
COMMENT ON COLUMN settings.max_rows IS 'Rows that a result may have.';
COMMENT ON COLUMN settings.max_cell_bytes IS 'Bytes that one value may have.';
COMMENT ON COLUMN settings.max_result_bytes IS 'Bytes that a whole result may have.';
COMMENT ON COLUMN settings.preview_rows IS 'Rows that are kept as a preview.';
COMMENT ON COLUMN settings.preview_cell_chars IS 'Characters (bytes of a BLOB) of a value that the preview keeps.';
COMMENT ON COLUMN settings.chosen IS 'When a command first used this engine and these limits after using others, in UTC.';
