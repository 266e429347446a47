-- How many rows are the same in both versions, and how many of those of the same split are at another place.
SELECT
    count(*) FILTER (WHERE c.row IS NULL) AS same,
    count(*) FILTER (WHERE a.place <> b.place) AS reordered
FROM rows_before AS b
JOIN rows_after AS a ON a.row = b.row AND a.split = b.split
LEFT JOIN pin_changes AS c ON c.row = b.row AND c.split_before = b.split AND c.split_after = a.split
