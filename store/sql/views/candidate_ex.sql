-- The share of candidates, of all samples and stages, that are correct.
-- reads: run_summaries
-- like: ex
-- column metric: Name of the metric, that of this view.
-- column n: What it was divided by: candidates.
SELECT
    'candidate_ex' AS metric, gate, comparator, gold_revision, benchmark, revision, run, system, dimension, slice,
    k::BIGINT AS k,
    correct_candidates / nullif(candidates, 0) AS value,
    coalesce(candidates, 0) AS n,
    excluded
FROM run_summaries
