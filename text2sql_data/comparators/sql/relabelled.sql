-- The new labels of one comparator and gold revision beside the verdict that the candidate had before, counted. Place 0: an earlier
-- label of the same comparator and gold revision (another version, other settings, another content of the database); 1: of the same
-- comparator for the original golds; 2: of bird for the original golds; NULL: there is none. The first that there is counts.
WITH new AS (
    SELECT l.candidate, l.database, l.verdict, l.reason
    FROM labels AS l
    ANTI JOIN labelled_before AS b
        ON b.candidate = l.candidate AND b.gold_revision = l.gold_revision AND b.comparator = l.comparator
        AND b.version = l.version AND b.database IS NOT DISTINCT FROM l.database
    WHERE l.comparator = $comparator AND l.version = $version AND l.gold_revision = $gold_revision AND l.settings = $settings
),
chosen AS (
    SELECT settings, max(chosen) AS chosen FROM settings GROUP BY settings
),
found AS (
    SELECT database, max(added) AS added FROM databases GROUP BY database
),
before AS (
    SELECT
        l.candidate, l.verdict,
        CASE
            WHEN l.comparator <> $comparator THEN 2
            WHEN l.gold_revision <> $gold_revision THEN 1
            ELSE 0
        END AS place
    FROM labels AS l
    JOIN new AS n ON n.candidate = l.candidate
    LEFT JOIN chosen AS s ON s.settings = l.settings
    LEFT JOIN found AS d ON d.database = l.database
    WHERE (l.comparator IN ($comparator, 'bird') AND l.gold_revision = 'original'
            OR l.comparator = $comparator AND l.gold_revision = $gold_revision)
        AND NOT (
            l.comparator = $comparator AND l.gold_revision = $gold_revision AND l.version = $version AND l.settings = $settings
            AND l.database IS NOT DISTINCT FROM n.database
        )
    -- Of several labels of one place the latest: what is current comes first, then what was current last.
    QUALIFY row_number() OVER (
        PARTITION BY l.candidate ORDER BY place, l.version DESC, s.chosen DESC, d.added DESC
    ) = 1
)
SELECT b.place, b.verdict AS was, n.verdict AS now, n.reason, count(*) AS labels
FROM new AS n
LEFT JOIN before AS b ON b.candidate = n.candidate
GROUP BY ALL
ORDER BY ALL
