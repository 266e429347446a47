-- How often an error of the first turn ended as what: the counts of repairs, for questions that count.
-- reads: repairs, routes
-- like: repairs
-- column scope: Where an error of this type can be repaired (see routes).
-- column became: repaired, or the type of the error of the last turn.
-- column n: Number of questions, or for the unit sample of samples.
SELECT
    r.gate, r.unit, r.attempts, r.comparator, r.gold_revision, r.benchmark, r.revision, r.run, r.first_type, o.scope,
    CASE WHEN r.status = 'repaired' THEN 'repaired' ELSE r.final_type END AS became,
    count(*) AS n
FROM repairs AS r
LEFT JOIN routes AS o ON o.error_type = r.first_type
WHERE r.status IN ('repaired', 'failed')
GROUP BY ALL
