-- One row is what a run achieved on a group of questions (all of them, those of one difficulty, those of one database): the counts that the figures divide.
-- reads: outcome_counts
-- column gate: Which SQL of a sample is its final answer (see taken_fixes).
-- column comparator: Comparator of the verdicts.
-- column gold_revision: Gold revision of the verdicts.
-- column benchmark: Benchmark.
-- column revision: Revision of the benchmark.
-- column run: Run.
-- column system: System of the run.
-- column dimension: all, difficulty or database.
-- column slice: The difficulty or the database; NULL for all.
-- column n: Questions that count.
-- column excluded: Questions that do not count, by reason.
-- column k: Largest number of samples a question.
-- column greedy: Questions whose first SQL is correct.
-- column pipeline: Questions whose first final answer is correct.
-- column majority: Questions whose majority vote is correct.
-- column majority_mixed: Those of them that have both correct and wrong samples.
-- column any_correct: Questions with at least one correct sample.
-- column mixed: Questions with both correct and wrong samples.
-- column expected: Sum over the questions of the share of correct samples: what a random pick is expected to get right.
-- column candidates: Candidates of all stages.
-- column correct_candidates: Correct ones of them.
-- column executable_candidates: Those whose SQL executes.
-- column unanswered_candidates: Those that timed out, ran out of memory or crashed.
-- column histogram: Questions that count, by samples and correct samples.
WITH present AS (
    SELECT
        gate, comparator, gold_revision, benchmark, revision, run,
        CASE grouping(difficulty, db_id) WHEN 3 THEN 'all' WHEN 1 THEN 'difficulty' ELSE 'database' END AS dimension,
        CASE grouping(difficulty, db_id) WHEN 3 THEN NULL WHEN 1 THEN difficulty ELSE db_id END AS slice,
        excluded, samples, correct_samples,
        sum(questions)::BIGINT AS questions,
        sum(greedy)::BIGINT AS greedy,
        sum(pipeline)::BIGINT AS pipeline,
        sum(majority)::BIGINT AS majority,
        sum(candidates)::BIGINT AS candidates,
        sum(correct_candidates)::BIGINT AS correct_candidates,
        sum(executable_candidates)::BIGINT AS executable_candidates,
        sum(unanswered_candidates)::BIGINT AS unanswered_candidates
    FROM outcome_counts
    GROUP BY GROUPING SETS (
        (gate, comparator, gold_revision, benchmark, revision, run, excluded, samples, correct_samples),
        (gate, comparator, gold_revision, benchmark, revision, run, excluded, samples, correct_samples, difficulty),
        (gate, comparator, gold_revision, benchmark, revision, run, excluded, samples, correct_samples, db_id)
    )
),
counted AS (
    SELECT
        gate, comparator, gold_revision, benchmark, revision, run, dimension, slice,
        sum(questions)::BIGINT AS in_run,
        coalesce(sum(questions) FILTER (excluded IS NULL), 0)::BIGINT AS n,
        max(samples) AS k,
        coalesce(sum(greedy) FILTER (excluded IS NULL), 0)::BIGINT AS greedy,
        coalesce(sum(pipeline) FILTER (excluded IS NULL), 0)::BIGINT AS pipeline,
        coalesce(sum(majority) FILTER (excluded IS NULL), 0)::BIGINT AS majority,
        coalesce(sum(majority) FILTER (excluded IS NULL AND correct_samples BETWEEN 1 AND samples - 1), 0)::BIGINT AS majority_mixed,
        coalesce(sum(questions) FILTER (excluded IS NULL AND correct_samples > 0), 0)::BIGINT AS any_correct,
        coalesce(sum(questions) FILTER (excluded IS NULL AND correct_samples BETWEEN 1 AND samples - 1), 0)::BIGINT AS mixed,
        -- In one order, as the histogram: the order of a sum of fractions moves its last digit.
        coalesce(
            sum(questions * correct_samples / samples ORDER BY samples, correct_samples) FILTER (excluded IS NULL AND samples > 0), 0
        ) AS expected,
        coalesce(sum(candidates) FILTER (excluded IS NULL), 0)::BIGINT AS candidates,
        coalesce(sum(correct_candidates) FILTER (excluded IS NULL), 0)::BIGINT AS correct_candidates,
        coalesce(sum(executable_candidates) FILTER (excluded IS NULL), 0)::BIGINT AS executable_candidates,
        coalesce(sum(unanswered_candidates) FILTER (excluded IS NULL), 0)::BIGINT AS unanswered_candidates,
        list(
            {samples: samples, correct: correct_samples, questions: questions} ORDER BY samples, correct_samples
        ) FILTER (excluded IS NULL) AS histogram
    FROM present
    GROUP BY ALL
),
reasons AS (
    SELECT
        gate, comparator, gold_revision, benchmark, revision, run, dimension, slice,
        map_from_entries(list((excluded, questions) ORDER BY excluded)) AS excluded
    FROM (
        SELECT
            gate, comparator, gold_revision, benchmark, revision, run, dimension, slice, excluded,
            sum(questions)::BIGINT AS questions
        FROM present
        WHERE excluded IS NOT NULL
        GROUP BY ALL
    )
    GROUP BY ALL
),
totals AS (
    SELECT
        benchmark, revision,
        CASE grouping(difficulty, db_id) WHEN 3 THEN 'all' WHEN 1 THEN 'difficulty' ELSE 'database' END AS dimension,
        CASE grouping(difficulty, db_id) WHEN 3 THEN NULL WHEN 1 THEN difficulty ELSE db_id END AS slice,
        count(*) AS questions
    FROM questions
    GROUP BY GROUPING SETS ((benchmark, revision), (benchmark, revision, difficulty), (benchmark, revision, db_id))
)
SELECT
    c.gate, c.comparator, c.gold_revision, c.benchmark, c.revision, c.run, r.system, c.dimension, c.slice,
    c.n,
    map_concat(
        coalesce(x.excluded, MAP {}::MAP(VARCHAR, BIGINT)),
        CASE WHEN t.questions > c.in_run THEN MAP {'not_in_run': t.questions - c.in_run} ELSE MAP {}::MAP(VARCHAR, BIGINT) END
    ) AS excluded,
    c.k, c.greedy, c.pipeline, c.majority, c.majority_mixed, c.any_correct, c.mixed, c.expected,
    c.candidates, c.correct_candidates, c.executable_candidates, c.unanswered_candidates, c.histogram
FROM counted AS c
JOIN runs AS r ON r.run = c.run
LEFT JOIN reasons AS x
    ON (x.gate, x.comparator, x.gold_revision, x.benchmark, x.revision, x.run, x.dimension)
        = (c.gate, c.comparator, c.gold_revision, c.benchmark, c.revision, c.run, c.dimension)
    AND x.slice IS NOT DISTINCT FROM c.slice
JOIN totals AS t
    ON t.benchmark = c.benchmark AND t.revision = c.revision AND t.dimension = c.dimension
    AND t.slice IS NOT DISTINCT FROM c.slice
