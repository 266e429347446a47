-- One row a run, with what moved among all its candidates, whatever stands as an answer: known is correct or wrong.
SELECT
    run,
    count(*) AS candidates,
    count(*) FILTER (f.verdict <> 'unknown' AND t.verdict <> 'unknown') AS known,
    count(*) FILTER (f.verdict = 'correct' AND t.verdict = 'wrong') AS to_wrong,
    count(*) FILTER (f.verdict = 'wrong' AND t.verdict = 'correct') AS to_correct,
    count(*) FILTER (f.verdict <> 'unknown' AND t.verdict = 'unknown') AS to_unknown,
    count(*) FILTER (f.verdict = 'unknown' AND t.verdict <> 'unknown') AS from_unknown
FROM drift_verdicts_from AS f
JOIN drift_verdicts_to AS t USING (run, candidate)
GROUP BY run
ORDER BY run
