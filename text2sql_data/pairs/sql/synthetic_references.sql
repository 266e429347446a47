-- What the result of a mutant must differ from: that of the query it was made from, and those of the golds of every revision.
SELECT source, sql, true AS original FROM synthetic_sources WHERE sql IS NOT NULL
UNION
SELECT s.source, g.sql, false
FROM synthetic_sources AS s
JOIN golds AS g ON g.benchmark = s.benchmark AND g.revision = s.revision AND g.position = s.position
WHERE s.sql IS NOT NULL
