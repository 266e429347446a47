-- The candidates by answer: of those with the same answer to a question and the same verdict the first in the draw stands for all,
-- of those that have what the recipe wants as it was recorded: another would be left out later, and the answer with it.
-- An answer is a result, or for SQL that has none its text; an SQL but for its spelling; or every candidate by itself.
WITH told AS (
    SELECT
        o.*,
        CASE
            WHEN $duplicates = 'none' THEN o.candidate
            WHEN $duplicates = 'result' AND o.status = 'ok' THEN o.set_digest
            ELSE f.form
        END AS answer,
        CASE
            WHEN o.sql_id IS NULL THEN 'no_sql'
            WHEN o.verdict = 'unknown' THEN 'unknown_label'
        END AS unusable,
        ($recorded_prompt AND o.prompt IS NULL) OR ($recorded_completion AND o.completion IS NULL) AS lacking
    FROM offered_candidates AS o
    LEFT JOIN sql_forms AS f USING (sql_id)
),
placed AS (
    SELECT
        *,
        first_value(candidate) OVER same AS stands_for,
        row_number() OVER same AS place
    FROM told
    WINDOW same AS (PARTITION BY benchmark, revision, position, answer, verdict, unusable ORDER BY lacking, draw, candidate)
)
SELECT
    * EXCLUDE (unusable, lacking, place),
    coalesce(unusable, CASE WHEN place > 1 THEN 'rewrite' END) AS drop
FROM placed
