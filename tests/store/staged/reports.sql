CREATE TEMP TABLE report_versions (version INTEGER, name VARCHAR, pair_set VARCHAR, pin VARCHAR, pin_version INTEGER);
CREATE TEMP TABLE report_members (version INTEGER, pair_set VARCHAR, pair UUID);
CREATE TEMP TABLE report_pairs (version INTEGER, pair_set VARCHAR, pair UUID, type VARCHAR, origin VARCHAR, agent VARCHAR,
    benchmark VARCHAR, revision VARCHAR, position INTEGER, db_id VARCHAR, run VARCHAR, margin DOUBLE, edit_ratio DOUBLE,
    word_edit_ratio DOUBLE, chosen_length BIGINT, rejected_length BIGINT, length_difference BIGINT, chosen_status VARCHAR,
    rejected_status VARCHAR, chosen_executes BOOLEAN, rejected_executes BOOLEAN, hard_negative BOOLEAN, chosen_result UUID,
    rejected_result UUID, result_relation VARCHAR, text_key UHUGEINT);
CREATE TEMP TABLE report_texts (version INTEGER, pair_set VARCHAR, pair UUID, prompt_text VARCHAR, rejected_prompt_text VARCHAR,
    chosen_text VARCHAR, rejected_text VARCHAR);
CREATE TEMP TABLE text_tokens (text_key UHUGEINT, tokens INTEGER);
CREATE TEMP TABLE report_lengths (version INTEGER, pair_set VARCHAR, pair UUID, prompt_size BIGINT, total_size BIGINT);
CREATE TEMP TABLE report_values (version INTEGER, type VARCHAR, measure VARCHAR, value DOUBLE);
CREATE TEMP TABLE report_bins (measure VARCHAR, low DOUBLE, width DOUBLE, bins INTEGER);
CREATE TEMP TABLE report_questions (version INTEGER, benchmark VARCHAR, revision VARCHAR, agent VARCHAR, run VARCHAR,
    position INTEGER, looked_at BOOLEAN, pairs BIGINT, reason VARCHAR, db_id VARCHAR);
CREATE TEMP TABLE report_overlaps (version INTEGER, benchmark VARCHAR, revision VARCHAR, position INTEGER, db_id VARCHAR,
    question VARCHAR, pairs BIGINT, same_question BOOLEAN, same_text BOOLEAN, same_database BOOLEAN);
