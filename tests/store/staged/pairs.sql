-- The batch of candidates as an import stages it, and what mining and importing pairs keeps in temporary tables.
CREATE OR REPLACE TEMP TABLE candidate_batch (position INTEGER, sample INTEGER, stage VARCHAR, step INTEGER, sql VARCHAR,
    completion VARCHAR, prompt BLOB, claimed_ok BOOLEAN, correct BOOLEAN, claimed_ms DOUBLE, claimed_error VARCHAR,
    parent_sample INTEGER, parent_stage VARCHAR);
CREATE TEMP TABLE IF NOT EXISTS judged AS
    SELECT j.*, c.prompt, c.claimed_ok, c.claimed_ms, 0.0::DOUBLE AS reward
    FROM lake.judged_candidates AS j JOIN lake.candidates AS c USING (candidate) LIMIT 0;
CREATE TEMP TABLE natural_answers (contest VARCHAR, run VARCHAR, position INTEGER, sample SMALLINT, step SMALLINT, candidate UUID,
    prompt UUID, parent UUID, sql VARCHAR, sql_id UUID, claimed_ok BOOLEAN, claimed_ms DOUBLE, reward DOUBLE, correct BOOLEAN,
    executes BOOLEAN, result UUID, answered SMALLINT, group_prompt UUID, group_parent UUID, rank BIGINT);
CREATE TEMP TABLE natural_pairs (type VARCHAR, origin VARCHAR, run VARCHAR, position INTEGER, prompt UUID, chosen_candidate UUID,
    rejected_candidate UUID, chosen VARCHAR, rejected VARCHAR, chosen_reward DOUBLE, rejected_reward DOUBLE, chosen_step SMALLINT,
    rejected_step SMALLINT, chosen_claimed_ok BOOLEAN, rejected_claimed_ok BOOLEAN, nth BIGINT);
CREATE TEMP TABLE wanted_plans (database UUID, sql_id UUID, sql VARCHAR);
CREATE TEMP TABLE pair_batch (file INTEGER, line INTEGER, type VARCHAR, origin VARCHAR, prompt UUID, chosen VARCHAR,
    rejected VARCHAR, db_id VARCHAR, question VARCHAR, gold_sql VARCHAR, chosen_sql VARCHAR, rejected_sql VARCHAR,
    chosen_reward DOUBLE, rejected_reward DOUBLE, chosen_step SMALLINT, rejected_step SMALLINT, chosen_claimed_ok BOOLEAN,
    rejected_claimed_ok BOOLEAN);
CREATE TEMP TABLE matched_pairs (file INTEGER, line INTEGER, benchmark VARCHAR, revision VARCHAR, position INTEGER, db_id VARCHAR);
CREATE TEMP TABLE IF NOT EXISTS found_pairs AS
    SELECT * EXCLUDE (pair_set, pair, edit_ratio, word_edit_ratio), 0 AS place FROM lake.pairs LIMIT 0;
CREATE TEMP TABLE IF NOT EXISTS found_drops AS SELECT * EXCLUDE (pair_set) FROM lake.pair_drops LIMIT 0;
CREATE TEMP TABLE IF NOT EXISTS found_yields AS SELECT * EXCLUDE (pair_set, pairs) FROM lake.pair_yields LIMIT 0;
CREATE TEMP TABLE IF NOT EXISTS identified_pairs AS
    SELECT NULL::UUID AS pair, *, NULL::VARCHAR AS drop FROM found_pairs LIMIT 0;
CREATE TEMP TABLE IF NOT EXISTS pair_distances (pair UUID, edit_ratio DOUBLE, word_edit_ratio DOUBLE);
CREATE TEMP TABLE IF NOT EXISTS new_drops AS FROM lake.pair_drops LIMIT 0;
