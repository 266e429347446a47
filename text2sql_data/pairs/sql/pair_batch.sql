-- What is read from files of pairs: the pairs with their place, and the prompts that they name.
CREATE OR REPLACE TEMP TABLE pair_batch (
    file INTEGER, line INTEGER, type VARCHAR, origin VARCHAR, prompt UUID, chosen VARCHAR, rejected VARCHAR,
    db_id VARCHAR, question VARCHAR, gold_sql VARCHAR, chosen_sql VARCHAR, rejected_sql VARCHAR,
    chosen_reward DOUBLE, rejected_reward DOUBLE, chosen_step SMALLINT, rejected_step SMALLINT,
    chosen_claimed_ok BOOLEAN, rejected_claimed_ok BOOLEAN
);
CREATE OR REPLACE TEMP TABLE pair_prompts (prompt UUID, text VARCHAR)
