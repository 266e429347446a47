-- What the named selectors chose last for the questions of the staged outcomes, and whether it is correct there: among all final answers (draw 0), and in the draws for curves.
WITH named AS (
    SELECT n.selector, n.name, n.gate, s.run, max(s.snapshot) AS snapshot, any_value(n.added) AS added
    FROM lake.selectors AS n
    JOIN lake.selections AS s ON s.selector = n.selector
    WHERE list_contains($selectors::VARCHAR[], n.name)
    GROUP BY ALL
),
wanted AS (
    -- Of several with one name, that counts for a run which chose last.
    SELECT selector, name, gate, run
    FROM named
    QUALIFY row_number() OVER (PARTITION BY name, gate, run ORDER BY snapshot DESC, added DESC) = 1
),
latest AS (
    SELECT w.name, w.gate, s.run, s.position, s.k, s.draw, s.candidate
    FROM lake.selections AS s
    JOIN wanted AS w ON w.selector = s.selector AND w.run = s.run
    QUALIFY s.snapshot = max(s.snapshot) OVER (PARTITION BY s.selector, s.run, s.position)
)
SELECT o.benchmark, o.revision, o.comparator, o.run, o.position, s.name, s.k, s.draw, j.verdict = 'correct' AS correct
FROM question_outcomes AS o
JOIN latest AS s ON s.gate = o.gate AND s.run = o.run AND s.position = o.position
JOIN lake.judged_candidates AS j
    ON j.candidate = s.candidate AND j.comparator = o.comparator AND j.gold_revision = o.gold_revision
WHERE o.excluded IS NULL
