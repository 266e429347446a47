-- key: pair_set
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
