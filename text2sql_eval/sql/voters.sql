-- The final answers of each question that counts, in the order of their samples: whether each is correct, and which answers have equal results (NULL: no vote). Reads the staged outcomes.
SELECT
    o.benchmark, o.revision, o.comparator, o.run, o.position,
    list(coalesce(j.verdict = 'correct', false) ORDER BY j.sample) AS correct,
    list(CASE WHEN j.status = 'ok' THEN j.set_digest::VARCHAR END ORDER BY j.sample) AS results
FROM question_outcomes AS o
JOIN lake.judged_candidates AS j USING (comparator, gold_revision, run, position)
LEFT JOIN lake.taken_fixes AS t
    ON t.gate = o.gate AND t.run = j.run AND t.position = j.position AND t.sample = j.sample
WHERE o.excluded IS NULL AND j.step = coalesce(t.step, 0)
GROUP BY ALL
ORDER BY ALL
