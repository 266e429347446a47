-- The clauses in which the SQL of a candidate that is not correct differs from the gold: a row a candidate and clause, none where nothing differs, or where both were not compared yet (t2s taxonomy --by clause compares them).
-- reads: error_types
-- like: error_types
-- column clause: Clause that differs: select, from, where, group_by, having, order_by, limit or set_operation.
SELECT e.*, unnest(d.clauses) AS clause
FROM error_types AS e
JOIN sql_differences AS d
    ON d.sql_id = e.sql_id AND d.other = e.gold_sql_id AND d.version = (SELECT max(version) FROM sql_differences)
WHERE e.error_type <> 'correct'
