-- The pair sets that a pin was built from, and those that these were chosen from.
WITH RECURSIVE sources AS (
    SELECT unnest($pair_sets::VARCHAR[]) AS pair_set
    UNION
    SELECT p.parent ->> 'pair_set'
    FROM sources AS s
    JOIN (SELECT pair_set, unnest(from_json(parents, '["JSON"]')) AS parent FROM pair_sets) AS p USING (pair_set)
    WHERE p.parent ->> 'pair_set' IS NOT NULL
)
FROM sources
