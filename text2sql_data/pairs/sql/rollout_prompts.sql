-- What was asked, and how the answers came out: only where some are good and some are not can there be a pair.
SELECT agent, run, position, subject, prompt, count(*) AS decisions, count_if(good) AS good, count_if(NOT good) AS bad
FROM rollout_decisions
WHERE good IS NOT NULL
GROUP BY ALL
