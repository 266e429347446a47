-- greedy@1: the share of questions whose first SQL (sample 0, before any fix) is correct.
-- reads: run_summaries
-- like: ex
-- column metric: Name of the metric, that of this view.
-- column n: What it was divided by: questions.
SELECT
    'greedy' AS metric, gate, comparator, gold_revision, benchmark, revision, run, system, dimension, slice,
    1::BIGINT AS k,
    greedy / nullif(n, 0) AS value,
    coalesce(n, 0) AS n,
    excluded
FROM run_summaries
