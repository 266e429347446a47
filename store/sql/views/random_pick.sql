-- The share of questions that a uniformly random pick among the samples is expected to get right.
-- reads: run_summaries
-- like: ex
-- column metric: Name of the metric, that of this view.
-- column n: What it was divided by: questions.
SELECT
    'random_pick' AS metric, gate, comparator, gold_revision, benchmark, revision, run, system, dimension, slice,
    k::BIGINT AS k,
    expected / nullif(n, 0) AS value,
    coalesce(n, 0) AS n,
    excluded
FROM run_summaries
