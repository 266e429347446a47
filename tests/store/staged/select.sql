CREATE TEMP TABLE offered_pairs AS SELECT *, 0::BIGINT AS place FROM lake.pair_measures LIMIT 0;
CREATE TEMP TABLE kept_pairs AS FROM offered_pairs;
CREATE TEMP TABLE dropped_pairs (pair_set VARCHAR, pair UUID, reason VARCHAR, detail VARCHAR);
CREATE TEMP TABLE select_checked (pair_set VARCHAR, pair UUID, type VARCHAR, origin VARCHAR, agent VARCHAR, db_id VARCHAR,
    prompt UUID, question VARCHAR, rank BIGINT, chosen_result UUID, rejected_result UUID, rejected_sql VARCHAR, rejected_status VARCHAR,
    reason VARCHAR, detail VARCHAR);
CREATE TEMP TABLE select_distinct (pair_set VARCHAR, pair UUID, type VARCHAR, origin VARCHAR, db_id VARCHAR, question VARCHAR,
    rank BIGINT, reason VARCHAR, detail VARCHAR);
CREATE TEMP TABLE select_keyed (pair_set VARCHAR, pair UUID, question VARCHAR, rank BIGINT, type_key VARCHAR, origin_key VARCHAR,
    set_key VARCHAR, database_key VARCHAR);
CREATE TEMP TABLE select_questions (question VARCHAR, profile BIGINT, spot BIGINT, questions BIGINT);
CREATE TEMP TABLE select_groups (number BIGINT, type_key VARCHAR, origin_key VARCHAR, set_key VARCHAR, database_key VARCHAR,
    profile BIGINT, questions BIGINT, size BIGINT, offered BIGINT);
CREATE TEMP TABLE select_allocated (number BIGINT, kept BIGINT, begin BIGINT);
CREATE TEMP TABLE select_full ("by" VARCHAR, value VARCHAR, said VARCHAR);
CREATE TEMP TABLE select_decided (pair_set VARCHAR, pair UUID, question VARCHAR, type_key VARCHAR, origin_key VARCHAR,
    set_key VARCHAR, database_key VARCHAR, kept BOOLEAN);
CREATE TEMP TABLE select_capped (pair_set VARCHAR, pair UUID, reason VARCHAR, detail VARCHAR);
CREATE TEMP TABLE synthetic_batch AS FROM lake.executions LIMIT 0;
CREATE TEMP TABLE synthetic_sources (source INTEGER, benchmark VARCHAR, revision VARCHAR, position INTEGER, db_id VARCHAR,
    database UUID, run VARCHAR, candidate UUID, prompt UUID, step SMALLINT, sql VARCHAR, reason VARCHAR);
CREATE TEMP TABLE synthetic_mutants (source INTEGER, type VARCHAR, mutation VARCHAR, sql VARCHAR, place BIGINT);
CREATE TEMP TABLE synthetic_references (source INTEGER, sql VARCHAR, original BOOLEAN);
CREATE TEMP TABLE synthetic_results (database UUID, sql_id UUID, status VARCHAR, error_class VARCHAR, error VARCHAR,
    undecodable BOOLEAN, volatile BOOLEAN, n_rows BIGINT, n_columns BIGINT, set_digest UUID, bag_digest UUID, list_digest UUID,
    unordered_set_digest UUID, unordered_list_digest UUID, columns_digest UUID);
CREATE TEMP TABLE synthetic_judged (place BIGINT, source INTEGER, type VARCHAR, mutation VARCHAR, sql VARCHAR, benchmark VARCHAR,
    revision VARCHAR, position INTEGER, db_id VARCHAR, database UUID, run VARCHAR, candidate UUID, prompt UUID, step SMALLINT,
    original VARCHAR, status VARCHAR, error VARCHAR, pair UUID, reason VARCHAR, chance VARCHAR);
CREATE TEMP TABLE synthetic_ranked (place BIGINT, status VARCHAR, reason VARCHAR, rank BIGINT);
CREATE TEMP TABLE synthetic_decided AS FROM synthetic_judged;
