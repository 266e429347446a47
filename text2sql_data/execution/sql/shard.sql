-- What one of several shards has to execute. The statements that are wanted, executed or not, lie on a line: database after
-- database, and within one by the first 32 bits of sql_id. The line is cut into pieces of equal length, one a shard.
WITH line AS (
    SELECT database, count(*)::HUGEINT AS n, sum(count(*)) OVER (ORDER BY database) - count(*) AS start, sum(count(*)) OVER () AS length
    FROM wanted
    GROUP BY database
)
SELECT replace(w.database::VARCHAR, '-', '') AS database, replace(w.sql_id::VARCHAR, '-', '') AS sql_id, w.sql
FROM wanted AS w
JOIN line AS l USING (database)
ANTI JOIN (SELECT database, sql_id FROM executions WHERE settings = $settings) AS e USING (database, sql_id)
WHERE
    -- Whole numbers: the place of a statement is start + n * (its 32 bits / 2^32), and its shard place * shards / length.
    ((l.start * 4294967296 + l.n * ('0x' || substr(w.sql_id::VARCHAR, 1, 8))::BIGINT) * $shards::HUGEINT)
    // (l.length * 4294967296) = $shard::HUGEINT - 1
ORDER BY w.database
