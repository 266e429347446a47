-- What the rows share with the benchmarks that they must keep away from: one line a question, a way of being the same, and a benchmark.
WITH asked AS (
    SELECT q.benchmark, q.revision, q.position, q.db_id, q.database, q.question, k.key
    FROM known_questions AS q
    JOIN question_keys AS k USING (benchmark, revision, position)
    WHERE list_contains($against::VARCHAR[], q.benchmark)
),
databases_then AS (
    SELECT DISTINCT benchmark, db_id, database FROM databases WHERE list_contains($against::VARCHAR[], benchmark)
),
rows_by_question AS (
    SELECT
        benchmark, revision, position, db_id, database, question_key, question_known,
        list(row ORDER BY row) AS row_list
    FROM keyed_rows GROUP BY ALL
),
found AS (
    SELECT 'question' AS match, a.benchmark AS against, a.position AS against_position, a.question AS shared, r.*
    FROM rows_by_question AS r JOIN asked AS a USING (benchmark, revision, position)
    UNION ALL BY NAME
    SELECT 'text' AS match, a.benchmark AS against, a.position AS against_position, a.question AS shared, r.*
    FROM rows_by_question AS r JOIN asked AS a ON a.key = r.question_key
    UNION ALL BY NAME
    SELECT 'database' AS match, d.benchmark AS against, d.db_id AS shared, r.*
    FROM rows_by_question AS r
    JOIN (SELECT DISTINCT benchmark, db_id FROM databases_then) AS d ON lower(d.db_id) = lower(r.db_id)
    UNION ALL BY NAME
    SELECT 'content' AS match, d.benchmark AS against, d.db_id AS shared, r.*
    FROM rows_by_question AS r JOIN databases_then AS d ON d.database = r.database
    UNION ALL BY NAME
    -- A row whose question the lake does not have could be any question, and one without a database could be about any.
    SELECT u.match, a.against, 'nobody knows' AS shared, r.*
    FROM
        rows_by_question AS r,
        (SELECT unnest($against::VARCHAR[]) AS against) AS a,
        (SELECT unnest(['question', 'text', 'database', 'content']) AS match) AS u
    WHERE CASE WHEN u.match IN ('question', 'text') THEN NOT r.question_known ELSE r.db_id IS NULL END
)
SELECT match, against, against_position, shared, benchmark, revision, position, db_id, row_list
FROM found
WHERE list_contains($by::VARCHAR[], match)
QUALIFY row_number() OVER (
    PARTITION BY match, against, benchmark, revision, position, db_id, question_key ORDER BY against_position, shared
) = 1
ORDER BY against, list_position(['question', 'text', 'database', 'content'], match), benchmark, revision, position, db_id, row_list
