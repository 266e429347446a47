-- What validators and rule critics said before the answer stood, and how sure the model was. NULL where nothing is known.
-- feature approval share: (1 + critiques that say correct) / (2 + all that conclude), Laplace's estimate; NULL without critiques.
-- feature result_approval share: The mean of it over the answers with the same result.
-- feature rule_findings count: What rule critics found; NULL where they did not look.
-- feature fixed flag: Whether the answer is a fix or a later turn, not the first SQL of its sample.
-- feature logprob number: Sum of the log-probabilities of the tokens, in nats.
-- feature token_logprob number: Their mean.
-- feature logprob_rank rank: Rank of the mean within the choice, from 1 for the surest; NULL where it is not known.
-- feature result_logprob number: The highest mean of an answer with the same result.
-- feature cut_off flag: Whether the completion was cut off at its limit.
WITH said AS (
    SELECT
        choice, candidate, coalesce(result::VARCHAR, 'failed ' || sample) AS standing_for, rule_findings, fixed, logprob, finish,
        CASE WHEN approvals + doubts > 0 THEN (1 + approvals) / (2 + approvals + doubts) END AS approval,
        logprob / nullif(tokens, 0) AS token_logprob
    FROM choice_answers
)
SELECT
    choice, candidate, approval,
    avg(approval) OVER (PARTITION BY choice, standing_for) AS result_approval,
    rule_findings,
    fixed::INTEGER AS fixed,
    logprob, token_logprob,
    CASE
        WHEN token_logprob IS NOT NULL
            THEN rank() OVER (PARTITION BY choice ORDER BY token_logprob DESC NULLS LAST)
    END AS logprob_rank,
    max(token_logprob) OVER (PARTITION BY choice, standing_for) AS result_logprob,
    (coalesce(finish, '') = 'length')::INTEGER AS cut_off
FROM said
