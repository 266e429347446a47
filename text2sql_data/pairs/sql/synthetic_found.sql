-- The pairs: the correct query is preferred to its mutant. Rewards: 1.0 correct, 0.2 executes but is wrong, -0.2 does not execute.
SELECT
    type, 'synthetic' AS origin, 'sql' AS agent, benchmark, revision, position, db_id, run, prompt, NULL::UUID AS rejected_prompt,
    original AS chosen, sql AS rejected, candidate AS chosen_candidate, NULL::UUID AS rejected_candidate,
    NULL::UUID AS chosen_critique, NULL::UUID AS rejected_critique, original AS chosen_sql, sql AS rejected_sql,
    1.0::DOUBLE AS chosen_reward,
    CASE WHEN status = 'ok' THEN 0.2 ELSE -0.2 END::DOUBLE AS rejected_reward,
    step AS chosen_step, NULL::SMALLINT AS rejected_step, true AS chosen_claimed_ok, status = 'ok' AS rejected_claimed_ok,
    place
FROM synthetic_decided
WHERE reason IS NULL
