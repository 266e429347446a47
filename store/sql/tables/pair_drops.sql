-- key: pair_set, pair
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
