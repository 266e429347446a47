-- Question outcomes counted: few rows, from which every figure follows.
-- reads: question_outcomes
-- column gate: Which SQL of a sample is its final answer (see taken_fixes).
-- column comparator: Comparator of the verdicts.
-- column gold_revision: Gold revision of the verdicts.
-- column benchmark: Benchmark.
-- column revision: Revision of the benchmark.
-- column run: Run.
-- column difficulty: Difficulty of the questions.
-- column db_id: Database of the questions.
-- column excluded: Why the questions do not count; NULL when they do.
-- column samples: Final answers a question.
-- column correct_samples: Correct ones of them.
-- column questions: Number of such questions.
-- column greedy: Questions whose first SQL is correct.
-- column pipeline: Questions whose first final answer is correct.
-- column majority: Questions whose majority vote is correct.
-- column candidates: Candidates of all stages.
-- column correct_candidates: Correct ones of them.
-- column executable_candidates: Those whose SQL executes.
-- column unanswered_candidates: Those that timed out, ran out of memory or crashed.
SELECT
    o.gate, o.comparator, o.gold_revision, o.benchmark, o.revision, o.run, q.difficulty, q.db_id, o.excluded,
    o.samples, o.correct_samples,
    count(*) AS questions,
    count(*) FILTER (o.greedy) AS greedy,
    count(*) FILTER (o.pipeline) AS pipeline,
    count(*) FILTER (o.majority) AS majority,
    sum(o.candidates)::BIGINT AS candidates,
    sum(o.correct_candidates)::BIGINT AS correct_candidates,
    sum(o.executable_candidates)::BIGINT AS executable_candidates,
    sum(o.unanswered_candidates)::BIGINT AS unanswered_candidates
FROM question_outcomes AS o
JOIN questions AS q USING (benchmark, revision, position)
GROUP BY ALL
