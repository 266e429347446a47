ALTER TABLE candidates ADD COLUMN claimed_ms DOUBLE;
ALTER TABLE candidates ADD COLUMN claimed_error VARCHAR;
COMMENT ON COLUMN candidates.claimed_ms IS 'Wall time of the SQL in milliseconds, as the source states it. Never decides anything, unless one asks for the order of a published pipeline.';
COMMENT ON COLUMN candidates.claimed_error IS 'Message of the error with which the SQL failed, as the source states it. It counts only together with the flags of the same file.';
ALTER TABLE critiques ADD COLUMN post_hoc BOOLEAN;
ALTER TABLE critiques ADD COLUMN saw VARCHAR;
ALTER TABLE critiques ADD COLUMN change VARCHAR;
COMMENT ON COLUMN critiques.post_hoc IS 'Whether it was written after the rollout, so that no fixer read it; NULL is no.';
COMMENT ON COLUMN critiques.saw IS 'What a rule critic saw, such as a column that its table does not have; NULL for a critique in prose.';
COMMENT ON COLUMN critiques.change IS 'What a rule critic would change; NULL for a critique in prose.';
CREATE TABLE pair_drops (
    pair_set VARCHAR NOT NULL,
    pair UUID NOT NULL,
    source_set VARCHAR,
    type VARCHAR NOT NULL,
    benchmark VARCHAR,
    revision VARCHAR,
    position INTEGER,
    reason VARCHAR NOT NULL,
    detail VARCHAR NOT NULL
);
COMMENT ON TABLE pair_drops IS 'One row is a pair that a set left out, and why. Its text is in the set that it was taken from.';
COMMENT ON COLUMN pair_drops.pair_set IS 'Set that left it out.';
COMMENT ON COLUMN pair_drops.pair IS 'Identity of the pair.';
COMMENT ON COLUMN pair_drops.source_set IS 'Set that it was taken from; NULL when it was left out while mining.';
COMMENT ON COLUMN pair_drops.type IS 'Type of the pair.';
COMMENT ON COLUMN pair_drops.benchmark IS 'Benchmark of the question.';
COMMENT ON COLUMN pair_drops.revision IS 'Revision of the benchmark.';
COMMENT ON COLUMN pair_drops.position IS 'Position of the question.';
COMMENT ON COLUMN pair_drops.reason IS 'Which rule: reward_margin, edit_ratio, length_ratio, near_duplicate, duplicate, cap, same_text, same_sql, ...';
COMMENT ON COLUMN pair_drops.detail IS 'The value and the limit that it broke, for people.';
CREATE TABLE pair_sets (
    pair_set VARCHAR NOT NULL,
    kind VARCHAR NOT NULL,
    benchmark VARCHAR,
    revision VARCHAR,
    parameters JSON NOT NULL,
    parents JSON NOT NULL,
    snapshot BIGINT NOT NULL,
    n_pairs BIGINT NOT NULL,
    n_dropped BIGINT NOT NULL,
    added TIMESTAMP NOT NULL
);
COMMENT ON TABLE pair_sets IS 'One row is a set of preference pairs: mined from runs, imported from a file, or selected from other sets. A set never changes.';
COMMENT ON COLUMN pair_sets.pair_set IS 'Name of the set, unique in the lake.';
COMMENT ON COLUMN pair_sets.kind IS 'mined, synthesised, imported or selected.';
COMMENT ON COLUMN pair_sets.benchmark IS 'Benchmark of the questions; NULL where a set spans several.';
COMMENT ON COLUMN pair_sets.revision IS 'Revision of the benchmark.';
COMMENT ON COLUMN pair_sets.parameters IS 'Everything that decided what is in it: runs, mode or types, comparator with version, gold revision, settings, rewards, seed, filters and caps.';
COMMENT ON COLUMN pair_sets.parents IS 'Where it came from: a list of {runs}, {files with sha256} or {pair_sets}.';
COMMENT ON COLUMN pair_sets.snapshot IS 'Version of the lake that it was made from.';
COMMENT ON COLUMN pair_sets.n_pairs IS 'Pairs in it.';
COMMENT ON COLUMN pair_sets.n_dropped IS 'Pairs that were left out (see pair_drops).';
COMMENT ON COLUMN pair_sets.added IS 'When it was added, in UTC.';
CREATE TABLE pair_yields (
    pair_set VARCHAR NOT NULL,
    agent VARCHAR NOT NULL,
    run VARCHAR NOT NULL,
    position INTEGER NOT NULL,
    pairs INTEGER NOT NULL,
    reason VARCHAR
);
COMMENT ON TABLE pair_yields IS 'One row is what mining found for one question: how many pairs, or why none.';
COMMENT ON COLUMN pair_yields.pair_set IS 'Set that was mined.';
COMMENT ON COLUMN pair_yields.agent IS 'Whose answers: sql, planner, select, condition, join, order or fixer.';
COMMENT ON COLUMN pair_yields.run IS 'Run that was mined.';
COMMENT ON COLUMN pair_yields.position IS 'Position of the question.';
COMMENT ON COLUMN pair_yields.pairs IS 'Pairs that were found.';
COMMENT ON COLUMN pair_yields.reason IS 'Why there is none: all_correct, none_correct, one_answer, no_critique, fixer_not_called, same_text, unknown, ...; NULL when there is a pair.';
CREATE TABLE pairs (
    pair_set VARCHAR NOT NULL,
    pair UUID NOT NULL,
    type VARCHAR NOT NULL,
    origin VARCHAR NOT NULL,
    agent VARCHAR NOT NULL,
    benchmark VARCHAR,
    revision VARCHAR,
    position INTEGER,
    db_id VARCHAR,
    run VARCHAR,
    prompt UUID,
    rejected_prompt UUID,
    context VARCHAR,
    chosen VARCHAR NOT NULL,
    rejected VARCHAR NOT NULL,
    chosen_candidate UUID,
    rejected_candidate UUID,
    chosen_critique UUID,
    rejected_critique UUID,
    chosen_sql VARCHAR,
    rejected_sql VARCHAR,
    chosen_reward DOUBLE,
    rejected_reward DOUBLE,
    chosen_step SMALLINT,
    rejected_step SMALLINT,
    chosen_claimed_ok BOOLEAN,
    rejected_claimed_ok BOOLEAN,
    edit_ratio DOUBLE NOT NULL,
    word_edit_ratio DOUBLE NOT NULL
);
COMMENT ON TABLE pairs IS 'One row is a preference pair in a set: of two answers to one prompt, which is preferred. Derived measures such as margin, executability and result relation are in the view pair_measures.';
COMMENT ON COLUMN pairs.pair_set IS 'Set that it belongs to.';
COMMENT ON COLUMN pairs.pair IS 'Identity, the same in every set: the first 128 bits of the sha256 of type, benchmark, db_id, position, prompt, rejected prompt, the sha256 of chosen and of rejected and, where there is one, context, joined by newlines.';
COMMENT ON COLUMN pairs.type IS 'What is preferred to what, such as first_turn_correct_sample_vs_failed_sample, synthetic_wrong_column or select_collab (agent and mode).';
COMMENT ON COLUMN pairs.origin IS 'natural (both sides are a model''s), gold (the chosen side is a gold SQL, which is no prediction), synthetic (the rejected side was made by changing the chosen one) or unknown (imported without a type).';
COMMENT ON COLUMN pairs.agent IS 'Whose answer it is: sql, planner, select, condition, join, order or fixer.';
COMMENT ON COLUMN pairs.benchmark IS 'Benchmark of the question; NULL when an imported pair could not be matched.';
COMMENT ON COLUMN pairs.revision IS 'Revision of the benchmark.';
COMMENT ON COLUMN pairs.position IS 'Position of the question.';
COMMENT ON COLUMN pairs.db_id IS 'Database of the question.';
COMMENT ON COLUMN pairs.run IS 'Run that both sides come from; NULL for an imported pair.';
COMMENT ON COLUMN pairs.prompt IS 'Prompt that both sides answer, or that of the chosen side; NULL where no prompt is known.';
COMMENT ON COLUMN pairs.rejected_prompt IS 'Prompt of the rejected side, where it is another one: a critique-aware fixer reads another critique.';
COMMENT ON COLUMN pairs.context IS 'What both sides are about where no prompt is known: the planner''s SQL and the critiques that were read. NULL elsewhere.';
COMMENT ON COLUMN pairs.chosen IS 'The preferred SQL or critique.';
COMMENT ON COLUMN pairs.rejected IS 'The SQL or critique that it is preferred to.';
COMMENT ON COLUMN pairs.chosen_candidate IS 'Candidate of the chosen side: its SQL, or the candidate that its critique is about. NULL for a gold or an imported pair.';
COMMENT ON COLUMN pairs.rejected_candidate IS 'Candidate of the rejected side. NULL for a synthetic or an imported pair.';
COMMENT ON COLUMN pairs.chosen_critique IS 'Critique of the chosen side: the preferred one, or the one that the preferred fix read.';
COMMENT ON COLUMN pairs.rejected_critique IS 'Critique of the rejected side.';
COMMENT ON COLUMN pairs.chosen_sql IS 'SQL that the chosen side stands for, whose reward it has: itself, the SQL that a critique led to, or in joint the final SQL of its rollout. NULL where there is none.';
COMMENT ON COLUMN pairs.rejected_sql IS 'SQL that the rejected side stands for.';
COMMENT ON COLUMN pairs.chosen_reward IS 'Reward of the chosen side (see docs/pairs.md for the scale); NULL for an imported pair that states none.';
COMMENT ON COLUMN pairs.rejected_reward IS 'Reward of the rejected side.';
COMMENT ON COLUMN pairs.chosen_step IS 'Turn or stage of the chosen side, from 0.';
COMMENT ON COLUMN pairs.rejected_step IS 'Turn or stage of the rejected side, from 0.';
COMMENT ON COLUMN pairs.chosen_claimed_ok IS 'Whether the source says that the chosen SQL executes. Used only where it was not executed here.';
COMMENT ON COLUMN pairs.rejected_claimed_ok IS 'Whether the source says that the rejected SQL executes.';
COMMENT ON COLUMN pairs.edit_ratio IS 'Token edit distance of chosen and rejected by the length of the longer one, from 0 to 1: SQL tokens, text literals and non-ASCII letters included.';
COMMENT ON COLUMN pairs.word_edit_ratio IS 'The same over the tokens of published pair reports: lower-case ASCII words, numbers and operators; quotes and other letters are dropped, so two names may look equal.';
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
CREATE TABLE pins (
    name VARCHAR NOT NULL,
    version INTEGER NOT NULL,
    kind VARCHAR NOT NULL,
    snapshot BIGINT NOT NULL,
    recipe JSON NOT NULL,
    templates JSON NOT NULL,
    versions JSON NOT NULL,
    parents JSON NOT NULL,
    summary JSON NOT NULL,
    n_rows BIGINT NOT NULL,
    digest VARCHAR NOT NULL,
    added TIMESTAMP NOT NULL
);
COMMENT ON TABLE pins IS 'One row is a dataset version that can be cited as name@version: what it was built from, and the digest of its rows. It never changes.';
COMMENT ON COLUMN pins.name IS 'Name of the dataset.';
COMMENT ON COLUMN pins.version IS 'Version, from 1.';
COMMENT ON COLUMN pins.kind IS 'Kind of dataset, such as sft, selector_pointwise or preference.';
COMMENT ON COLUMN pins.snapshot IS 'Version of the lake that it was built from; it is kept when the lake is expired.';
COMMENT ON COLUMN pins.recipe IS 'The recipe, with every default written out.';
COMMENT ON COLUMN pins.templates IS 'Prompt templates that it was rendered with: sha256 by name.';
COMMENT ON COLUMN pins.versions IS 'Versions of the code and the libraries that built it.';
COMMENT ON COLUMN pins.parents IS 'What it was built from: a list of {kind, name, ...} for benchmarks with revision, runs, pair sets and other pins.';
COMMENT ON COLUMN pins.summary IS 'Statistics: rows by split, balance, drops by reason, token lengths, overlaps that were looked for.';
COMMENT ON COLUMN pins.n_rows IS 'Rows in all splits.';
COMMENT ON COLUMN pins.digest IS 'sha256, in hex, over the sorted digests of all rows and their splits: independent of their order.';
COMMENT ON COLUMN pins.added IS 'When it was pinned, in UTC.';
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
