-- What the rows that a model learnt from share with the rows that it is evaluated on, and with the benchmarks it will be judged on.
-- `lineage_pins` has the pin of the training and those of the models before it; `question_keys` the normalised texts of questions.
WITH keyed AS (
    SELECT
        l.own, p.name || '@' || p.version AS pin, p.split, p.benchmark, p.revision, p.position, p.db_id,
        k.key, d.database, q.question, p.content ->> '$.prompt' AS prompt, count(*) AS n_rows
    FROM temp.lineage_pins AS l
    JOIN lake.pin_rows AS p ON p.name = l.name AND p.version = l.version
    LEFT JOIN lake.questions AS q USING (benchmark, revision, position)
    LEFT JOIN temp.question_keys AS k USING (benchmark, revision, position)
    LEFT JOIN lake.current_databases AS d ON d.benchmark = p.benchmark AND d.db_id = p.db_id
    GROUP BY ALL
),
learnt AS (
    FROM keyed WHERE split = 'train'
),
held AS (
    SELECT pin || ', split ' || split AS judged_on, * FROM keyed WHERE own AND split <> 'train'
),
splits_shared AS (
    SELECT 'prompt' AS match, h.judged_on, coalesce(l.question, right(l.prompt, 80)) AS shared, l.*
    FROM learnt AS l JOIN held AS h ON h.prompt = l.prompt
    UNION ALL BY NAME
    SELECT 'question' AS match, h.judged_on, l.question AS shared, l.*
    FROM learnt AS l JOIN held AS h USING (benchmark, revision, position)
    UNION ALL BY NAME
    SELECT 'text' AS match, h.judged_on, l.question AS shared, l.*
    FROM learnt AS l JOIN held AS h ON h.key = l.key
    UNION ALL BY NAME
    SELECT 'database' AS match, h.judged_on, l.db_id AS shared, l.*
    FROM learnt AS l JOIN held AS h ON lower(h.db_id) = lower(l.db_id)
    WHERE $by_database
    UNION ALL BY NAME
    SELECT 'content' AS match, h.judged_on, l.db_id AS shared, l.*
    FROM learnt AS l JOIN held AS h ON h.database = l.database
    WHERE $by_database
),
asked AS (
    SELECT q.benchmark, q.revision, q.position, q.question, k.key
    FROM lake.questions AS q
    JOIN temp.question_keys AS k USING (benchmark, revision, position)
    WHERE list_contains($against::VARCHAR[], q.benchmark)
),
asked_databases AS (
    SELECT DISTINCT benchmark, db_id, database FROM lake.databases WHERE list_contains($against::VARCHAR[], benchmark)
),
seen AS (
    FROM keyed WHERE split IN ('train', 'validation')
),
benchmarks_shared AS (
    SELECT 'question' AS match, a.benchmark AS judged_on, a.question AS shared, s.*
    FROM seen AS s JOIN asked AS a USING (benchmark, revision, position)
    UNION ALL BY NAME
    SELECT 'text' AS match, a.benchmark AS judged_on, a.question AS shared, s.*
    FROM seen AS s JOIN asked AS a ON a.key = s.key
    UNION ALL BY NAME
    SELECT 'database' AS match, d.benchmark AS judged_on, d.db_id AS shared, s.*
    FROM seen AS s JOIN asked_databases AS d ON lower(d.db_id) = lower(s.db_id)
    UNION ALL BY NAME
    SELECT 'content' AS match, d.benchmark AS judged_on, d.db_id AS shared, s.*
    FROM seen AS s JOIN asked_databases AS d ON d.database = s.database
    UNION ALL BY NAME
    -- A row whose question the lake does not have could be any question, and one without a database could be about any.
    SELECT u.match, a.judged_on, 'nobody knows' AS shared, s.*
    FROM
        seen AS s,
        (SELECT unnest($against::VARCHAR[]) AS judged_on) AS a,
        (SELECT unnest(['question', 'text', 'database', 'content']) AS match) AS u
    WHERE CASE WHEN u.match IN ('question', 'text') THEN s.key IS NULL ELSE s.db_id IS NULL END
)
SELECT
    match, judged_on, pin, split, count(DISTINCT (benchmark, revision, position, prompt)) AS questions,
    list(DISTINCT shared ORDER BY shared)[:3] AS examples
FROM (
    FROM splits_shared
    UNION ALL BY NAME
    FROM benchmarks_shared WHERE list_contains($by::VARCHAR[], match)
)
GROUP BY match, judged_on, pin, split
ORDER BY judged_on, pin, split, list_position(['prompt', 'question', 'text', 'database', 'content'], match)
