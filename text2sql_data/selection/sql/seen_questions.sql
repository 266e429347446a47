-- The questions of the staged answers, as a selector may see them; how hard they are for people is not told. `inputs` is their digest.
SELECT i.run, i.position, i.inputs, q.benchmark, q.revision, q.db_id, q.question, q.evidence, d.database, d.schema::VARCHAR AS schema
FROM temp.inputs_seen AS i
JOIN lake.runs AS r ON r.run = i.run
JOIN lake.questions AS q ON q.benchmark = r.benchmark AND q.revision = r.revision AND q.position = i.position
LEFT JOIN lake.current_databases AS d ON d.benchmark = q.benchmark AND d.db_id = q.db_id
ORDER BY i.position
