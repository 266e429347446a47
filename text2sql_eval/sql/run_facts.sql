-- What is known of runs: their configuration, and which stages and validators their candidates show.
SELECT
    r.run, r.system, r.k, r.format, r.config::VARCHAR AS config,
    (
        SELECT coalesce(list(DISTINCT regexp_replace(stage, '#.*', '') ORDER BY regexp_replace(stage, '#.*', '')), [])
        FROM lake.candidates AS c WHERE c.run = r.run
    ) AS stages,
    (
        SELECT coalesce(list(DISTINCT v.validator ORDER BY v.validator), [])
        FROM lake.critiques AS v
        JOIN lake.candidates AS c ON c.candidate = v.candidate
        WHERE c.run = r.run AND NOT coalesce(v.post_hoc, false)
    ) AS validators
FROM lake.runs AS r
WHERE list_contains($runs::VARCHAR[], r.run)
