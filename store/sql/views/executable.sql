-- The share of candidates, of all samples and stages, whose SQL executes.
-- reads: run_summaries
-- like: ex
-- column metric: Name of the metric, that of this view.
-- column n: What it was divided by: candidates.
SELECT
    'executable' AS metric, gate, comparator, gold_revision, benchmark, revision, run, system, dimension, slice,
    k::BIGINT AS k,
    executable_candidates / nullif(candidates, 0) AS value,
    coalesce(candidates, 0) AS n,
    excluded
FROM run_summaries
