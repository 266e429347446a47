-- The share of questions for which the majority vote over equal results picks a correct SQL (see question_outcomes).
-- reads: run_summaries
-- like: ex
-- column metric: Name of the metric, that of this view.
-- column n: What it was divided by: questions.
SELECT
    'majority' AS metric, gate, comparator, gold_revision, benchmark, revision, run, system, dimension, slice,
    k::BIGINT AS k,
    majority / nullif(n, 0) AS value,
    coalesce(n, 0) AS n,
    excluded
FROM run_summaries
