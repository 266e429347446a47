-- Every SQL that has to be executed: mutants and what they are compared with, as written and as the comparator rewrites them.
SELECT s.benchmark, s.db_id, unnest([m.sql, comparator_candidate(m.sql)]) AS sql
FROM synthetic_mutants AS m
JOIN synthetic_sources AS s USING (source)
UNION
SELECT s.benchmark, s.db_id, unnest([r.sql, comparator_gold(r.sql)])
FROM synthetic_references AS r
JOIN synthetic_sources AS s USING (source)
