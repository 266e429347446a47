-- The pairs that passed the filters, each with what caps count it by; NULL where no cap does. An empty list is no cap, NULL all.
SELECT
    pair_set, pair, question, rank,
    CASE WHEN $types IS NULL OR list_contains($types::VARCHAR[], type) THEN type END AS type_key,
    CASE WHEN $origins IS NULL OR list_contains($origins::VARCHAR[], origin) THEN origin END AS origin_key,
    CASE WHEN $sets IS NULL OR list_contains($sets::VARCHAR[], pair_set) THEN pair_set END AS set_key,
    CASE WHEN $databases IS NULL OR list_contains($databases::VARCHAR[], db_id) THEN db_id END AS database_key
FROM select_distinct
WHERE reason IS NULL
