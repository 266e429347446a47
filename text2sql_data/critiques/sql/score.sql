-- How the opinions of validators agree with the labels of one comparator; "positive" is what a validator calls incorrect.
-- Opinions that do not conclude, and those about a candidate whose label is unknown, are counted and not scored.
WITH labelled AS (
    SELECT candidate, run, benchmark, db_id, stage, verdict AS label
    FROM judged_candidates
    WHERE
        comparator = $comparator
        AND gold_revision = $gold_revision
        AND ($runs IS NULL OR list_contains($runs::VARCHAR[], run))
),
opinions AS (
    SELECT candidate, validator, regime, verdict FROM critique_opinions
    UNION ALL
    -- A critic that found nothing anywhere wrote nothing, and agrees with all that was examined.
    SELECT e.candidate, c.critic, e.regime, 'correct'
    FROM critiques AS e
    CROSS JOIN (SELECT unnest($critics::VARCHAR[]) AS critic) AS c
    WHERE
        e.validator = 'rules'
        AND e.regime = $regime
        AND c.critic NOT IN (SELECT validator FROM critiques WHERE regime = $regime)
),
sliced AS (
    SELECT
        CASE WHEN list_contains($by::VARCHAR[], 'validator') THEN o.validator END AS validator,
        CASE WHEN list_contains($by::VARCHAR[], 'regime') THEN o.regime END AS regime,
        CASE WHEN list_contains($by::VARCHAR[], 'run') THEN l.run END AS run,
        CASE WHEN list_contains($by::VARCHAR[], 'benchmark') THEN l.benchmark END AS benchmark,
        CASE WHEN list_contains($by::VARCHAR[], 'database') THEN l.db_id END AS database,
        CASE WHEN list_contains($by::VARCHAR[], 'stage') THEN l.stage END AS stage,
        o.verdict <> 'unparsed' AS concludes,
        o.verdict = 'incorrect' AS says_incorrect,
        nullif(l.label, 'unknown') = 'wrong' AS is_wrong
    FROM opinions AS o
    JOIN labelled AS l ON l.candidate = o.candidate
),
counted AS (
    SELECT
        validator, regime, run, benchmark, database, stage,
        count(*) AS critiques,
        count(*) FILTER (NOT concludes) AS unparsed,
        count(*) FILTER (concludes AND is_wrong IS NULL) AS unknown,
        count(*) FILTER (concludes AND says_incorrect AND is_wrong) AS hits,
        count(*) FILTER (concludes AND says_incorrect AND NOT is_wrong) AS false_alarms,
        count(*) FILTER (concludes AND NOT says_incorrect AND is_wrong) AS misses,
        count(*) FILTER (concludes AND NOT says_incorrect AND NOT is_wrong) AS passes
    FROM sliced
    GROUP BY ALL
),
rated AS (
    SELECT
        *,
        hits + false_alarms + misses + passes AS n,
        (hits + passes) / nullif(n, 0) AS agreement,
        -- What two who know nothing of each other would agree on, had each said incorrect as often as these two did.
        ((hits + false_alarms) * (hits + misses) + (misses + passes) * (false_alarms + passes)) / nullif(n * n, 0) AS by_chance
    FROM counted
)
SELECT
    validator, regime, run, benchmark, database, stage, critiques, n, unparsed, unknown, hits, false_alarms, misses, passes,
    hits / nullif(hits + false_alarms, 0) AS precision,
    hits / nullif(hits + misses, 0) AS recall,
    2 * hits / nullif(2 * hits + false_alarms + misses, 0) AS f1,
    agreement,
    (agreement - by_chance) / nullif(1 - by_chance, 0) AS kappa
FROM rated
ORDER BY ALL
