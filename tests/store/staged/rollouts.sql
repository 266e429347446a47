CREATE TEMP TABLE rollout_heads (run VARCHAR, position INTEGER, sample SMALLINT, ordinal INTEGER, planner UUID, planner_sql_id UUID,
    planner_prompt UUID, critiques BIGINT, doubted BOOLEAN, critique_set UUID, fixes BIGINT, planner_verdict VARCHAR,
    planner_reward DOUBLE, planner_result UUID, fix UUID, fix_verdict VARCHAR, fix_reward DOUBLE, final UUID,
    final_verdict VARCHAR, final_reward DOUBLE);
CREATE TEMP TABLE rollout_critiques (planner UUID, critique UUID, validator VARCHAR, rank INTEGER, ordinal SMALLINT,
    verdict VARCHAR, prompt UUID, text VARCHAR, read_in INTEGER);
CREATE TEMP TABLE rollout_agents (run VARCHAR, agent VARCHAR, type VARCHAR);
CREATE TEMP TABLE rollout_decisions (agent VARCHAR, run VARCHAR, position INTEGER, sample SMALLINT, step SMALLINT,
    ordinal SMALLINT, subject VARCHAR, prompt UUID, answer VARCHAR, result UUID, reward DOUBLE, candidate UUID, critique UUID,
    judge UUID, good BOOLEAN, why VARCHAR, reads VARCHAR);
CREATE TEMP TABLE rollout_prompts (agent VARCHAR, run VARCHAR, position INTEGER, subject VARCHAR, prompt UUID,
    decisions BIGINT, good HUGEINT, bad HUGEINT);
CREATE TEMP TABLE rollout_answers (agent VARCHAR, run VARCHAR, position INTEGER, subject VARCHAR, prompt UUID, answer VARCHAR,
    n_good BIGINT, n_bad BIGINT, place BIGINT,
    best STRUCT(candidate UUID, critique UUID, judge UUID, reward DOUBLE, result UUID, reads VARCHAR),
    worst STRUCT(candidate UUID, critique UUID, judge UUID, reward DOUBLE, result UUID, reads VARCHAR),
    answers BIGINT, side VARCHAR, rank BIGINT);
CREATE TEMP TABLE rollout_matches (agent VARCHAR, run VARCHAR, position INTEGER, subject VARCHAR, prompt UUID, k BIGINT,
    chosen STRUCT(candidate UUID, critique UUID, judge UUID, reward DOUBLE, result UUID, reads VARCHAR),
    rejected STRUCT(candidate UUID, critique UUID, judge UUID, reward DOUBLE, result UUID, reads VARCHAR),
    reason VARCHAR, place BIGINT);
CREATE TEMP TABLE rollout_found (type VARCHAR, origin VARCHAR, agent VARCHAR, benchmark VARCHAR, revision VARCHAR,
    position INTEGER, db_id VARCHAR, run VARCHAR, prompt UUID, rejected_prompt UUID, chosen VARCHAR, rejected VARCHAR,
    chosen_candidate UUID, rejected_candidate UUID, chosen_critique UUID, rejected_critique UUID, chosen_sql VARCHAR,
    rejected_sql VARCHAR, chosen_reward DOUBLE, rejected_reward DOUBLE, chosen_step SMALLINT, rejected_step SMALLINT,
    chosen_claimed_ok BOOLEAN, rejected_claimed_ok BOOLEAN, context VARCHAR, place BIGINT, reason VARCHAR);
