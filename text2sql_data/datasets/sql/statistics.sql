-- How many rows there are, by split, and by what each part of the statistics asks for.
SELECT
    split,
    CASE WHEN grouping(label) = 0 THEN 'labels' WHEN grouping(db_id) = 0 THEN 'databases' WHEN grouping(type) = 0 THEN 'types' ELSE 'rows' END AS part,
    coalesce(label, db_id, type, '') AS name,
    count(*) AS rows,
    count(DISTINCT concat_ws(' ', benchmark, revision, position)) AS questions,
    count(DISTINCT db_id) AS databases
FROM divided_rows
GROUP BY GROUPING SETS ((split), (split, label), (split, db_id), (split, type))
ORDER BY list_position(['train', 'validation', 'test'], split), part, name
