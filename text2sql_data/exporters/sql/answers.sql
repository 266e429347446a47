-- One SQL a question, in the order of the questions of the benchmark: that of one sample, its first or the one that stands after a
-- gate. `asked` says whether the run has the question, `answered` whether it has that sample of it.
SELECT
    q.position, q.question_id, q.db_id,
    n.position IS NOT NULL AS asked,
    a.position IS NOT NULL AS answered,
    a.sql
FROM runs AS r
JOIN questions AS q ON q.benchmark = r.benchmark AND q.revision = r.revision
LEFT JOIN (SELECT DISTINCT position FROM candidates WHERE run = $run) AS n ON n.position = q.position
LEFT JOIN (
    SELECT position, sql
    FROM (
        SELECT c.position, c.sql, c.stage
        FROM candidates AS c
        WHERE c.run = $run AND c.sample = $sample AND c.step = 0 AND NOT $final
        UNION ALL
        SELECT a.position, a.sql, a.stage
        FROM answers AS a
        WHERE a.run = $run AND a.sample = $sample AND a.gate = $gate AND $final
    )
    -- Several stages may have the same step; a question has one line all the same.
    QUALIFY row_number() OVER (PARTITION BY position ORDER BY stage) = 1
) AS a ON a.position = q.position
WHERE r.run = $run
ORDER BY q.position
