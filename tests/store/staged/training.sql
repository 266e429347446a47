-- What a training stages: the pins of its lineage.
CREATE TEMP TABLE lineage_pins (name VARCHAR, version INTEGER, own BOOLEAN);
-- What the reward of GRPO stages: the SQL of a batch of completions beside their golds, and what both did.
CREATE TEMP TABLE completion_batch (place INTEGER, database VARCHAR, sql VARCHAR, gold_sql VARCHAR);
CREATE TEMP TABLE rewritten_batch AS FROM completion_batch;
CREATE TEMP TABLE completion_outcomes (database VARCHAR, sql VARCHAR, status VARCHAR, undecodable BOOLEAN, n_rows BIGINT,
    n_columns INTEGER, set_digest VARCHAR, bag_digest VARCHAR, list_digest VARCHAR, unordered_set_digest VARCHAR,
    unordered_list_digest VARCHAR, columns_digest VARCHAR);
