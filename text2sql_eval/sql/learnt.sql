-- Of the questions that are counted of runs, those that the models of the runs learnt from, or were chosen by, pin by pin.
-- `learning_counted` has the counted questions, `learning_keys` the normalised texts of these and of the pins' questions. A text is
-- the same question unless it is about another database: the names differ, and the bytes of both are known and differ.
WITH learning AS (
    SELECT DISTINCT m.run, m.model || '@' || m.version AS model, l.pin_name, l.pin_version
    FROM (SELECT DISTINCT run FROM temp.learning_counted) AS c
    JOIN run_models AS m USING (run)
    JOIN model_pins AS l ON l.model = m.model AND l.version = m.version
),
seen AS (
    SELECT
        p.name AS pin_name, p.version AS pin_version, p.benchmark, p.revision, p.position, k.key,
        lower(p.db_id) AS db_id, d.database, q.position IS NULL AS unknown, count(*) AS n_rows
    FROM (SELECT DISTINCT pin_name, pin_version FROM learning) AS l
    JOIN lake.pin_rows AS p ON p.name = l.pin_name AND p.version = l.pin_version
    LEFT JOIN lake.questions AS q USING (benchmark, revision, position)
    LEFT JOIN temp.learning_keys AS k USING (benchmark, revision, position)
    LEFT JOIN lake.current_databases AS d ON d.benchmark = p.benchmark AND d.db_id = p.db_id
    WHERE p.split IN ('train', 'validation')
    GROUP BY ALL
),
asked AS (
    SELECT c.run, c.benchmark, c.revision, c.position, q.question, k.key, q.db_id, d.database
    FROM temp.learning_counted AS c
    JOIN lake.questions AS q USING (benchmark, revision, position)
    LEFT JOIN temp.learning_keys AS k USING (benchmark, revision, position)
    LEFT JOIN lake.current_databases AS d ON d.benchmark = q.benchmark AND d.db_id = q.db_id
),
by_text AS (
    SELECT DISTINCT l.run, l.model, l.pin_name, l.pin_version, a.benchmark, a.revision, a.position
    FROM learning AS l
    JOIN asked AS a USING (run)
    JOIN (SELECT DISTINCT pin_name, pin_version, key, db_id, database FROM seen) AS s
        ON s.pin_name = l.pin_name AND s.pin_version = l.pin_version AND s.key = a.key
    WHERE coalesce(s.db_id = lower(a.db_id) OR s.database = a.database, true)
),
shared AS (
    SELECT
        l.run, l.model, l.pin_name, l.pin_version, a.db_id, a.question,
        p.position IS NOT NULL OR t.position IS NOT NULL AS as_question,
        n.db_id IS NOT NULL OR b.database IS NOT NULL AS as_database
    FROM learning AS l
    JOIN asked AS a USING (run)
    LEFT JOIN (SELECT DISTINCT pin_name, pin_version, benchmark, revision, position FROM seen) AS p
        USING (pin_name, pin_version, benchmark, revision, position)
    LEFT JOIN by_text AS t USING (run, model, pin_name, pin_version, benchmark, revision, position)
    LEFT JOIN (SELECT DISTINCT pin_name, pin_version, db_id FROM seen) AS n
        ON n.pin_name = l.pin_name AND n.pin_version = l.pin_version AND n.db_id = lower(a.db_id)
    LEFT JOIN (SELECT DISTINCT pin_name, pin_version, database FROM seen) AS b
        ON b.pin_name = l.pin_name AND b.pin_version = l.pin_version AND b.database = a.database
),
unknown AS (
    SELECT pin_name, pin_version, sum(n_rows)::BIGINT AS n_rows FROM seen WHERE unknown GROUP BY ALL
)
SELECT
    s.run, s.model, s.pin_name || '@' || s.pin_version AS pin,
    count_if(as_question) AS questions,
    count(DISTINCT db_id) FILTER (as_database) AS databases,
    count(*) AS counted,
    coalesce(any_value(u.n_rows), 0) AS unknown,
    coalesce(list(DISTINCT question ORDER BY question) FILTER (as_question), [])[:3] AS examples
FROM shared AS s
LEFT JOIN unknown AS u USING (pin_name, pin_version)
GROUP BY s.run, s.model, s.pin_name, s.pin_version
HAVING questions > 0 OR databases > 0 OR unknown > 0
ORDER BY s.run, s.model, s.pin_name, s.pin_version
