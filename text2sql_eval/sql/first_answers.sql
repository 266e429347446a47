-- The final answer of the first sample of each question that counts, beside its gold, with what both did under the current settings.
WITH finals AS (
    SELECT
        o.benchmark, o.revision, o.comparator, o.gold_revision, o.run, o.position, j.db_id, j.database, j.sql, j.sql_id, j.status,
        j.verdict = 'correct' AS correct
    FROM question_outcomes AS o
    JOIN lake.judged_candidates AS j USING (comparator, gold_revision, run, position)
    LEFT JOIN lake.taken_fixes AS t
        ON t.gate = o.gate AND t.run = j.run AND t.position = j.position AND t.sample = j.sample
    WHERE o.excluded IS NULL AND j.step = coalesce(t.step, 0)
    QUALIFY row_number() OVER (PARTITION BY o.comparator, o.gold_revision, o.run, o.position ORDER BY j.sample) = 1
),
results AS (
    SELECT database, sql_id, list_digest, n_rows, undecodable, status
    FROM lake.executions
    WHERE settings = (SELECT settings FROM lake.current_settings)
)
SELECT
    f.benchmark, f.revision, f.comparator, f.run, f.position,
    f.database::VARCHAR AS database, d.path, f.sql, f.status, f.correct, g.sql AS gold_sql,
    coalesce(c.undecodable, false) AS undecodable,
    c.n_rows, r.n_rows AS gold_rows,
    coalesce(c.list_digest = r.list_digest, false) AS identical
FROM finals AS f
LEFT JOIN lake.golds AS g
    ON g.benchmark = f.benchmark AND g.revision = f.revision AND g.position = f.position AND g.gold_revision = f.gold_revision
LEFT JOIN lake.current_databases AS d ON d.benchmark = f.benchmark AND d.db_id = f.db_id
LEFT JOIN results AS c ON c.database = f.database AND c.sql_id = f.sql_id
LEFT JOIN results AS r ON r.database = f.database AND r.sql_id = g.sql_id
ORDER BY f.database, f.benchmark, f.revision, f.comparator, f.run, f.position
