-- What building a dataset stages: candidates, pairs, and the rows on their way to the splits.
CREATE TEMP TABLE known_questions (benchmark VARCHAR, revision VARCHAR, position INTEGER, db_id VARCHAR, question VARCHAR,
    evidence VARCHAR, database UUID);
CREATE TEMP TABLE question_keys (benchmark VARCHAR, revision VARCHAR, position INTEGER, key VARCHAR);
CREATE TEMP TABLE wanted_subjects (candidate UUID);
CREATE TEMP TABLE sql_forms (sql_id UUID, form UUID);
CREATE TEMP TABLE offered_candidates (candidate UUID, run VARCHAR, benchmark VARCHAR, revision VARCHAR, position INTEGER, db_id VARCHAR,
    sample SMALLINT, stage VARCHAR, step SMALLINT, parent UUID, sql VARCHAR, sql_id UUID, database UUID, status VARCHAR,
    set_digest UUID, verdict VARCHAR, reason VARCHAR, completion VARCHAR, prompt UUID, draw VARCHAR);
CREATE TEMP TABLE grouped_answers AS SELECT *, NULL::UUID AS answer, NULL::UUID AS stands_for, NULL::VARCHAR AS drop FROM offered_candidates;
CREATE TEMP TABLE read_pairs AS SELECT *, 0::BIGINT AS place FROM lake.pair_measures LIMIT 0;
CREATE TEMP TABLE spooled_rows (row VARCHAR, benchmark VARCHAR, revision VARCHAR, position INTEGER, db_id VARCHAR, label VARCHAR,
    type VARCHAR, prompt_key VARCHAR, content_digest VARCHAR, claim VARCHAR, stance VARCHAR, draw VARCHAR, sources VARCHAR,
    content VARCHAR);
CREATE TEMP TABLE spooled_drops (row VARCHAR, benchmark VARCHAR, revision VARCHAR, position INTEGER, reason VARCHAR, detail VARCHAR);
CREATE TEMP TABLE made_rows AS SELECT * REPLACE (row::UUID AS row, content_digest::UUID AS content_digest) FROM spooled_rows;
CREATE TEMP TABLE judged_rows AS SELECT * EXCLUDE (claim, stance, content_digest), NULL::VARCHAR AS drop FROM made_rows;
CREATE TEMP TABLE database_groups (db_id VARCHAR, name VARCHAR);
CREATE TEMP TABLE keyed_rows AS
SELECT
    * EXCLUDE (drop), NULL::VARCHAR AS question_key, NULL::BOOLEAN AS question_known, NULL::UUID AS database,
    NULL::VARCHAR AS database_group
FROM judged_rows;
CREATE TEMP TABLE kept_rows AS FROM keyed_rows;
CREATE TEMP TABLE split_groups (name VARCHAR, split VARCHAR);
CREATE TEMP TABLE split_rows AS SELECT *, NULL::VARCHAR AS split, NULL::VARCHAR AS drop FROM kept_rows;
CREATE TEMP TABLE divided_rows AS SELECT * EXCLUDE (drop) FROM split_rows;
