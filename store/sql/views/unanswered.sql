-- The share of candidates, of all samples and stages, that timed out, ran out of memory or crashed. They are neither wrong nor correct; every other figure counts them as not correct.
-- reads: run_summaries
-- column metric: Name of the metric, that of this view.
-- column gate: Which SQL of a sample is its final answer (see taken_fixes).
-- column comparator: Comparator of the verdicts.
-- column gold_revision: Gold revision of the verdicts.
-- column benchmark: Benchmark.
-- column revision: Revision of the benchmark.
-- column run: Run.
-- column system: System of the run.
-- column dimension: all, difficulty or database.
-- column slice: The difficulty or the database; NULL for all.
-- column k: Number of samples a question that the metric looks at.
-- column value: The figure, from 0 to 1; NULL when it is undefined because n is 0.
-- column n: What it was divided by: candidates.
-- column excluded: Questions that do not count, by reason.
SELECT
    'unanswered' AS metric, gate, comparator, gold_revision, benchmark, revision, run, system, dimension, slice,
    k::BIGINT AS k,
    unanswered_candidates / nullif(candidates, 0) AS value,
    coalesce(candidates, 0) AS n,
    excluded
FROM run_summaries
