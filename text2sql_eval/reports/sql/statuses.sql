-- What the SQL of each side did; not_executed where we did not run it.
SELECT version, side, status, count(*) AS pairs
FROM (
    SELECT version, 'chosen' AS side, coalesce(chosen_status, 'not_executed') AS status FROM report_pairs
    UNION ALL
    SELECT version, 'rejected', coalesce(rejected_status, 'not_executed') FROM report_pairs
)
GROUP BY ALL
ORDER BY version, side, pairs DESC, status
