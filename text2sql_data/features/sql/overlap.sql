-- The Jaccard index of two lists; 1 for two empty ones.
CREATE OR REPLACE TEMP MACRO overlap(a, b) AS
    CASE WHEN len(a) + len(b) = 0 THEN 1.0 ELSE len(list_intersect(a, b)) / len(list_distinct(list_concat(a, b))) END
