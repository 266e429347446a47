-- key: name, version
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
