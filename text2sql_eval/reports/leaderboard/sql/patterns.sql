-- Each question that counts, by the pattern of its final answers in the order of their samples: which are correct (1 or 0), and the first place at which the result of each stands (0: no vote). Reads the staged outcomes.
WITH votes AS (
    SELECT
        o.benchmark, o.revision, o.comparator, o.run, o.position,
        list(CASE WHEN j.verdict = 'correct' THEN 1 ELSE 0 END ORDER BY j.sample)::UTINYINT[] AS correct,
        list(CASE WHEN j.status = 'ok' THEN j.set_digest END ORDER BY j.sample) AS results
    FROM question_outcomes AS o
    JOIN lake.judged_candidates AS j USING (comparator, gold_revision, run, position)
    LEFT JOIN lake.taken_fixes AS t
        ON t.gate = o.gate AND t.run = j.run AND t.position = j.position AND t.sample = j.sample
    WHERE o.excluded IS NULL AND j.step = coalesce(t.step, 0)
    GROUP BY ALL
)
SELECT
    benchmark, revision, comparator, run, position, correct,
    list_transform(results, lambda r: CASE WHEN r IS NULL THEN 0 ELSE list_position(results, r) END)::USMALLINT[] AS places
FROM votes
ORDER BY ALL
