-- What keeps the rows of a dataset from being pinned: the first thing that is wrong, in one line, or no row.
SELECT 'There are no rows.' AS problem
FROM built_rows
HAVING count(*) = 0
UNION ALL
SELECT 'Split ' || split || ' has the row ' || row || ' ' || count(*) || ' times.'
FROM built_rows
GROUP BY split, row
HAVING count(*) > 1
UNION ALL
SELECT 'A row has no ' || missing || '.'
FROM (
    SELECT
        CASE
            WHEN split IS NULL THEN 'split' WHEN row IS NULL THEN 'identity' WHEN place IS NULL THEN 'place'
            WHEN sources IS NULL THEN 'sources' WHEN content IS NULL THEN 'content'
        END AS missing
    FROM built_rows
)
WHERE missing IS NOT NULL
UNION ALL
SELECT '"' || split || '" cannot be the name of a split.'
FROM built_rows
WHERE NOT regexp_full_match(split, '\w+(\.\w+)*')
ORDER BY problem
LIMIT 1
