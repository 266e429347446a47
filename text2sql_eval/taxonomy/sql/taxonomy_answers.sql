-- The answers that are counted: all of the first turn, or the final ones. A sample that has no first turn has none in it.
SELECT e.*
FROM error_types AS e
LEFT JOIN taken_fixes AS t ON t.run = e.run AND t.position = e.position AND t.sample = e.sample
WHERE e.step = CASE WHEN $stage = 'first' THEN 0 ELSE coalesce(t.step, 0) END
