-- key: pair_set, agent, run, position
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
