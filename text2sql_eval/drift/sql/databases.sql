-- What moved, by database, over all runs: answers are questions times runs, questions are each counted once.
SELECT
    benchmark, revision, db_id,
    count(*) FILTER (counts) AS answers,
    count(*) FILTER (change = 'to_wrong') AS to_wrong,
    count(*) FILTER (change = 'to_correct') AS to_correct,
    count(*) FILTER (change = 'excluded') AS excluded,
    count(*) FILTER (change = 'counted') AS counted,
    count(DISTINCT position) AS questions,
    count(DISTINCT position) FILTER (change IN ('to_wrong', 'to_correct')) AS questions_flipped
FROM drift_outcomes
GROUP BY ALL
HAVING count(*) FILTER (change IS NOT NULL) > 0 OR count(*) FILTER (counts) > 0
ORDER BY benchmark, revision, to_wrong + to_correct DESC, db_id
