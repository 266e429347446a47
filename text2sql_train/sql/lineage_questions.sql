-- The questions of the pins of a lineage, and of the benchmarks that it must keep away from.
SELECT benchmark, revision, position, question
FROM lake.questions
WHERE list_contains($against::VARCHAR[], benchmark)
    OR (benchmark, revision, position) IN (
        SELECT (p.benchmark, p.revision, p.position)
        FROM temp.lineage_pins AS l
        JOIN lake.pin_rows AS p ON p.name = l.name AND p.version = l.version
    )
