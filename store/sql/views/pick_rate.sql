-- Pick-rate of the majority vote: its correct questions divided by the questions with at least one correct sample.
-- reads: run_summaries
-- like: ex
-- column metric: Name of the metric, that of this view.
-- column n: What it was divided by: questions with at least one correct sample.
SELECT
    'pick_rate' AS metric, gate, comparator, gold_revision, benchmark, revision, run, system, dimension, slice,
    k::BIGINT AS k,
    majority / nullif(any_correct, 0) AS value,
    coalesce(any_correct, 0) AS n,
    excluded
FROM run_summaries
