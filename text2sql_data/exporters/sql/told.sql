-- What is known of every candidate of a run, but its texts: the flag and the reward, which are those of pairs/sql/judged.sql (staged
-- as `judged`), and what its SQL did. That is what this lake saw; where it saw nothing, or where a file's flags are exported
-- ($claims), it is what the source said.
WITH told AS (
    SELECT
        r.*,
        c.claimed_ok, c.claimed_error, c.claimed_ms,
        r.status IN ('no_database', 'no_sql', 'not_executed') OR ($claims AND c.claimed_ok IS NOT NULL) AS claimed
    FROM candidate_results AS r
    JOIN candidates AS c ON c.candidate = r.candidate AND c.run = $run
    WHERE r.run = $run
)
SELECT
    t.position, t.candidate, t.database, t.sql_id,
    t.n_rows AS row_count,
    CASE WHEN t.claimed THEN t.claimed_ok ELSE t.status = 'ok' END AS ok,
    CASE WHEN t.claimed THEN t.claimed_error ELSE t.error END AS error,
    CASE WHEN t.claimed THEN t.claimed_ms ELSE t.elapsed_ms END AS elapsed_ms,
    CASE j.verdict WHEN 'correct' THEN true WHEN 'wrong' THEN false END AS correct,
    j.reward
FROM told AS t
LEFT JOIN (SELECT candidate, verdict, reward FROM judged) AS j ON j.candidate = t.candidate
