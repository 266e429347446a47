-- Where nobody was correct: the gold's SQL, which is no prediction, against what failed at the first turn.
SELECT
    'gold_vs_failed_attempt' AS type,
    'gold' AS origin,
    a.run,
    a.position,
    a.group_prompt AS prompt,
    NULL::UUID AS chosen_candidate, a.candidate AS rejected_candidate,
    g.sql AS chosen, a.sql AS rejected,
    1.0::DOUBLE AS chosen_reward, a.reward AS rejected_reward,
    NULL::SMALLINT AS chosen_step, a.step AS rejected_step,
    NULL::BOOLEAN AS chosen_claimed_ok, a.claimed_ok AS rejected_claimed_ok,
    a.rank AS nth
FROM natural_answers AS a
JOIN runs AS r ON r.run = a.run
JOIN golds AS g
    ON g.benchmark = r.benchmark AND g.revision = r.revision AND g.position = a.position AND g.gold_revision = $gold_revision
WHERE a.contest = 'initial' AND NOT a.correct AND a.answered IS NULL AND g.sql IS NOT NULL AND g.sql <> a.sql AND a.reward < 1
