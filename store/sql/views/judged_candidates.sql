-- Every candidate with the verdict of every current comparator for every gold revision: candidate_results and what the labels say. A candidate without a label is unknown, with the reason.
-- reads: candidate_results, run_comparators
-- like: candidate_results
-- column comparator: Comparator.
-- column gold_revision: Gold revision that it was compared with.
-- column verdict: correct, wrong or unknown.
-- column reason: Why it is not correct: as in labels, or no_sql, no_database, not_executed, not_labelled.
SELECT
    r.*,
    k.comparator,
    k.gold_revision,
    coalesce(l.verdict, 'unknown') AS verdict,
    CASE
        WHEN l.verdict IS NOT NULL THEN l.reason
        WHEN r.status IN ('no_database', 'not_executed') AND k.settings <> 'imported' THEN r.status
        ELSE 'not_labelled'
    END AS reason
FROM candidate_results AS r
JOIN run_comparators AS k ON k.run = r.run
LEFT JOIN labels AS l
    ON l.candidate = r.candidate
    AND l.comparator = k.comparator
    AND l.version = k.version
    AND l.gold_revision = k.gold_revision
    AND l.settings = k.settings
    -- A database that was replaced is another fact: labels of its earlier content do not count.
    AND l.database IS NOT DISTINCT FROM CASE WHEN k.settings = 'imported' THEN NULL ELSE r.database END
