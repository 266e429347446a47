-- What the pairs share with a benchmark that is to evaluate a model trained on them: questions, texts of questions, databases.
-- Texts are compared in lower case, with everything but letters and digits taken for a space.
WITH asked AS (
    SELECT
        p.version, p.benchmark, p.revision, p.position, p.db_id, count(*) AS pairs,
        trim(regexp_replace(lower(min(q.question)), '[^\pL\pN]+', ' ', 'g')) AS text,
        min(q.question) AS question
    FROM report_pairs AS p
    LEFT JOIN questions AS q USING (benchmark, revision, position)
    GROUP BY ALL
),
against AS (
    SELECT revision, position, db_id, trim(regexp_replace(lower(question), '[^\pL\pN]+', ' ', 'g')) AS text
    FROM questions
    WHERE benchmark = $against
)
SELECT
    a.version, a.benchmark, a.revision, a.position, a.db_id, a.question, a.pairs,
    a.benchmark = $against AND (a.revision, a.position) IN (SELECT (revision, position) FROM against) AS same_question,
    a.text IN (SELECT text FROM against WHERE text <> '') AS same_text,
    a.db_id IN (SELECT db_id FROM against) AS same_database
FROM asked AS a
