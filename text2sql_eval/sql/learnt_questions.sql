-- The texts of the questions that are counted of runs with models of the lake, and of those that these models learnt from.
SELECT q.benchmark, q.revision, q.position, q.question
FROM lake.questions AS q
WHERE
    (q.benchmark, q.revision, q.position) IN (SELECT (benchmark, revision, position) FROM temp.learning_counted)
    OR (q.benchmark, q.revision, q.position) IN (
        SELECT (p.benchmark, p.revision, p.position)
        FROM (SELECT DISTINCT run FROM temp.learning_counted) AS c
        JOIN run_models AS m USING (run)
        JOIN model_pins AS l ON l.model = m.model AND l.version = m.version
        JOIN lake.pin_rows AS p ON p.name = l.pin_name AND p.version = l.pin_version
        WHERE p.split IN ('train', 'validation')
    )
