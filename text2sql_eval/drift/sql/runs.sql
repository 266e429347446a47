-- One row a run: its figures on the questions that count on both sides, over its own questions on each, and what moved.
SELECT
    o.benchmark, o.revision, o.run, any_value(r.system) AS system,
    count(*) FILTER (o.counts) AS n,
    count(*) FILTER (o.counts AND o.correct_from) AS correct_from,
    count(*) FILTER (o.counts AND o.correct_to) AS correct_to,
    count(*) FILTER (o.excluded_from IS NULL) AS own_n_from,
    count(*) FILTER (o.excluded_from IS NULL AND o.correct_from) AS own_correct_from,
    count(*) FILTER (o.excluded_to IS NULL) AS own_n_to,
    count(*) FILTER (o.excluded_to IS NULL AND o.correct_to) AS own_correct_to,
    count(*) FILTER (o.change = 'to_wrong') AS to_wrong,
    count(*) FILTER (o.change = 'to_correct') AS to_correct,
    count(*) FILTER (o.change = 'excluded') AS excluded,
    count(*) FILTER (o.change = 'counted') AS counted
FROM drift_outcomes AS o
JOIN lake.runs AS r ON r.run = o.run
GROUP BY o.benchmark, o.revision, o.run
ORDER BY o.benchmark, o.revision, o.run
