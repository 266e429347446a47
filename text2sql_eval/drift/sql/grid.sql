-- The answers of one benchmark as a grid, question by question and run by run: the weight of each (1 where it counts), and whether it
-- is correct on each side; `cluster` numbers the databases from 0.
WITH asked AS (
    SELECT position, db_id, dense_rank() OVER (ORDER BY db_id) - 1 AS cluster
    FROM drift_outcomes
    WHERE benchmark = $benchmark AND revision = $revision
    GROUP BY position, db_id
    HAVING bool_or(counts)
),
runs_of AS (
    SELECT DISTINCT run FROM drift_outcomes WHERE benchmark = $benchmark AND revision = $revision
)
SELECT
    a.cluster::BIGINT AS cluster,
    coalesce(o.counts, false)::DOUBLE AS weight,
    coalesce(o.counts AND o.correct_from, false)::DOUBLE AS correct_from,
    coalesce(o.counts AND o.correct_to, false)::DOUBLE AS correct_to
FROM asked AS a
CROSS JOIN runs_of AS r
LEFT JOIN drift_outcomes AS o
    ON o.benchmark = $benchmark AND o.revision = $revision AND o.run = r.run AND o.position = a.position
ORDER BY a.position, r.run
