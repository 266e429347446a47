-- What some pair sets left out, and the sets that they were selected from: pairs by set and reason.
WITH RECURSIVE ancestors AS (
    SELECT unnest($sets::VARCHAR[]) AS pair_set
    UNION
    SELECT unnest(json_extract_string(s.parents, '$[*].pair_set'))
    FROM ancestors AS a
    JOIN pair_sets AS s USING (pair_set)
)
SELECT pair_set, reason, count(*) AS pairs
FROM ancestors
JOIN pair_drops USING (pair_set)
GROUP BY ALL
ORDER BY ALL
