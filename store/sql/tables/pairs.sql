-- key: pair_set, pair
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
