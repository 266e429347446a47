-- Every mutant with the reason why it makes no pair; NULL where it makes one. `$failing` is how many that do not execute may.
SELECT
    j.* EXCLUDE (reason),
    CASE
        WHEN j.reason IS NOT NULL THEN j.reason
        WHEN r.reason IS NOT NULL THEN r.reason
        WHEN r.status <> 'ok' AND r.rank > $failing THEN 'not_executable'
    END AS reason
FROM synthetic_judged AS j
LEFT JOIN synthetic_ranked AS r USING (place)
