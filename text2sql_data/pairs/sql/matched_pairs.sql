-- The question of each pair that was read: the one with its text (white space does not count) and its database, where it names one.
-- Of several such questions that with the same gold SQL, then the first; none where they are about several databases and the pair does not say which.
WITH asked AS (
    SELECT
        q.position, q.db_id,
        trim(regexp_replace(q.question, '\s+', ' ', 'g')) AS question,
        trim(regexp_replace(g.sql, '\s+', ' ', 'g')) AS gold_sql
    FROM questions AS q
    LEFT JOIN golds AS g
        ON g.benchmark = q.benchmark AND g.revision = q.revision AND g.position = q.position AND g.gold_revision = 'original'
    WHERE q.benchmark = $benchmark AND q.revision = $revision
),
candidates_of_pairs AS (
    SELECT
        b.file, b.line, a.position, a.db_id,
        coalesce(a.gold_sql = trim(regexp_replace(b.gold_sql, '\s+', ' ', 'g')), false) AS same_gold,
        min(a.db_id) OVER (PARTITION BY b.file, b.line) = max(a.db_id) OVER (PARTITION BY b.file, b.line) AS one_database
    FROM pair_batch AS b
    JOIN asked AS a
        ON a.question = trim(regexp_replace(b.question, '\s+', ' ', 'g')) AND a.db_id = coalesce(b.db_id, a.db_id)
)
SELECT file, line, $benchmark AS benchmark, $revision AS revision, position, db_id
FROM candidates_of_pairs
WHERE one_database
QUALIFY row_number() OVER (PARTITION BY file, line ORDER BY same_gold DESC, position) = 1
