-- The SQL that is executed in place of what was written, as the comparator has it.
SELECT place, comparator_candidate(sql) AS sql, comparator_gold(gold_sql) AS gold_sql
FROM temp.completion_batch
ORDER BY place
