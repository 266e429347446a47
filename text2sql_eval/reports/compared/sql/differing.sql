-- What each compared run answered to these questions: its first final answer with the verdict, and how many of its samples are correct.
SELECT
    o.position, o.run, o.samples, o.correct_samples, o.pipeline, o.greedy, o.majority,
    a.sql, a.status, a.error, m.sql AS majority_sql
FROM question_outcomes AS o
JOIN runs AS r ON r.run = o.run
LEFT JOIN (
    SELECT run, position, sql, status, error
    FROM answers
    WHERE gate = $gate AND list_contains($runs::VARCHAR[], run) AND list_contains($positions::INTEGER[], position)
    QUALIFY row_number() OVER (PARTITION BY run, position ORDER BY sample) = 1
) AS a ON a.run = o.run AND a.position = o.position
LEFT JOIN candidates AS m ON m.candidate = o.majority_candidate
WHERE
    o.gate = $gate AND o.comparator = $comparator AND o.gold_revision = $gold_revision
    AND list_contains($runs::VARCHAR[], o.run) AND list_contains($positions::INTEGER[], o.position)
ORDER BY o.position, o.run
