-- The rows of which each split keeps as many of one class as of the other. The larger class is thinned question by question: every
-- question gives its first row before any gives its second, in the order of the draw.
WITH rounds AS (
    SELECT
        row, split, label, draw,
        row_number() OVER (PARTITION BY split, label, benchmark, revision, position ORDER BY draw, row) AS round
    FROM divided_rows
),
ranked AS (
    SELECT row, split, label, row_number() OVER (PARTITION BY split, label ORDER BY round, draw, row) AS rank FROM rounds
),
sizes AS (
    SELECT split, CASE WHEN count(*) < 2 THEN 0 ELSE min(rows) END AS smaller
    FROM (SELECT split, label, count(*) AS rows FROM divided_rows GROUP BY ALL) AS classes
    GROUP BY split
)
SELECT r.row, r.rank > s.smaller AS too_many, s.smaller
FROM ranked AS r
JOIN sizes AS s USING (split)
