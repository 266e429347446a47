-- Pick-rate of the majority vote over mixed questions only: those with both correct and wrong samples, where picking matters.
-- reads: run_summaries
-- like: ex
-- column metric: Name of the metric, that of this view.
-- column n: What it was divided by: questions with both correct and wrong samples.
SELECT
    'pick_rate_mixed' AS metric, gate, comparator, gold_revision, benchmark, revision, run, system, dimension, slice,
    k::BIGINT AS k,
    majority_mixed / nullif(mixed, 0) AS value,
    coalesce(mixed, 0) AS n,
    excluded
FROM run_summaries
