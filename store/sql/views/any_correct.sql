-- The share of questions with at least one correct final answer, however many samples each has: the ceiling of any selection. Equal to oracle@K where every question has K samples.
-- reads: run_summaries
-- like: ex
-- column metric: Name of the metric, that of this view.
-- column n: What it was divided by: questions.
SELECT
    'any_correct' AS metric, gate, comparator, gold_revision, benchmark, revision, run, system, dimension, slice,
    k::BIGINT AS k,
    any_correct / nullif(n, 0) AS value,
    coalesce(n, 0) AS n,
    excluded
FROM run_summaries
