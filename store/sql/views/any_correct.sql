-- The share of questions with at least one correct final answer, however many samples each has: the ceiling of any selection. Equal to oracle@K where every question has K samples.
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
-- column n: What it was divided by: questions.
-- column excluded: Questions that do not count, by reason.
SELECT
    'any_correct' AS metric, gate, comparator, gold_revision, benchmark, revision, run, system, dimension, slice,
    k::BIGINT AS k,
    any_correct / nullif(n, 0) AS value,
    coalesce(n, 0) AS n,
    excluded
FROM run_summaries
