SELECT
    b.benchmark,
    b.revision,
    b.layout,
    b.n_questions AS questions,
    (
        SELECT string_agg(DISTINCT gold_revision, ', ' ORDER BY gold_revision)
        FROM golds AS g
        WHERE g.benchmark = b.benchmark AND g.revision = b.revision
    ) AS gold_revisions,
    (SELECT count(*) FROM current_databases AS d WHERE d.benchmark = b.benchmark) AS databases,
    (SELECT count(*) FROM current_databases AS d WHERE d.benchmark = b.benchmark AND d.reason IS NULL) AS usable,
    (SELECT count(*) FROM runs AS r WHERE r.benchmark = b.benchmark AND r.revision = b.revision) AS runs
FROM benchmarks AS b
ORDER BY b.benchmark, b.added
