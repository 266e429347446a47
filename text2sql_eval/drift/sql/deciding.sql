-- For each answer that moved, the candidate that decided it on each side, with what the label says.
CREATE OR REPLACE TEMP TABLE drift_moved AS
WITH moved AS (
    SELECT * FROM drift_outcomes WHERE change IS NOT NULL
),
sides AS (
    SELECT 'from' AS side, v.* FROM drift_verdicts_from AS v SEMI JOIN moved AS m ON m.run = v.run AND m.position = v.position
    UNION ALL
    SELECT 'to', v.* FROM drift_verdicts_to AS v SEMI JOIN moved AS m ON m.run = v.run AND m.position = v.position
),
deciding AS (
    SELECT s.side, s.run, s.position, s.sample, s.step, s.candidate, s.reason
    FROM sides AS s
    JOIN moved AS m ON m.run = s.run AND m.position = s.position
    WHERE CASE $metric
        WHEN 'greedy' THEN s.step = 0
        WHEN 'majority' THEN s.candidate = CASE s.side WHEN 'from' THEN m.majority_from ELSE m.majority_to END
        ELSE s.final
    END
    QUALIFY row_number() OVER (PARTITION BY s.side, s.run, s.position ORDER BY s.sample) = 1
)
SELECT
    m.benchmark, m.revision, m.run, m.position, m.db_id, m.change,
    coalesce(m.excluded_from, f.reason) AS reason_from,
    coalesce(m.excluded_to, t.reason) AS reason_to,
    f.candidate AS candidate_from,
    t.candidate AS candidate_to
FROM moved AS m
LEFT JOIN deciding AS f ON f.side = 'from' AND f.run = m.run AND f.position = m.position
LEFT JOIN deciding AS t ON t.side = 'to' AND t.run = m.run AND t.position = m.position
