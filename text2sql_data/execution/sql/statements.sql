-- The statements of one part: its texts as one comparator executes them.
SELECT
    benchmark,
    db_id,
    CASE kind WHEN 'candidate' THEN comparator_candidate(sql) WHEN 'gold' THEN comparator_gold(sql) ELSE sql END AS sql
FROM texts
