-- One row is what a run achieved on one question, under one gate, comparator and gold revision. Every figure is an aggregate of this view.
-- reads: judged_candidates, taken_fixes
-- column gate: Which SQL of a sample is its final answer: exec_ok, critique or always (see taken_fixes).
-- column comparator: Comparator of the verdicts.
-- column gold_revision: Gold revision of the verdicts.
-- column benchmark: Benchmark of the run.
-- column revision: Revision of the benchmark.
-- column run: Run.
-- column position: Position of the question.
-- column excluded: Why the question does not count: no_database, gold_error, gold_timeout, ..., not_executed, not_labelled. NULL when it counts.
-- column candidates: Candidates of all stages.
-- column correct_candidates: Those that are correct.
-- column executable_candidates: Those whose SQL executes.
-- column unanswered_candidates: Those that timed out, ran out of memory or crashed: not wrong, but not correct either.
-- column samples: Final answers: the K of this question.
-- column correct_samples: Those that are correct.
-- column greedy: Whether the first SQL of the first sample (0, or the lowest that there is) is correct.
-- column pipeline: Whether the final answer of the first sample is correct.
-- column majority_candidate: Candidate that the majority vote picks: the largest group of equal result sets, the lowest sample among equals; failed SQL has no vote; sample 0 when none executed.
-- column majority: Whether that candidate is correct.
WITH judged AS (
    SELECT
        gate, j.comparator, j.gold_revision, j.run, j.position, j.sample, j.step, j.candidate,
        j.verdict = 'correct' AS correct,
        j.status IN ('timeout', 'memory', 'crashed') AS unanswered,
        j.step = coalesce(t.step, 0) AS final,
        CASE WHEN j.status = 'ok' THEN j.set_digest END AS result,
        CASE
            WHEN j.verdict = 'unknown'
                AND (starts_with(j.reason, 'gold_') OR j.reason IN ('no_database', 'not_executed', 'not_labelled'))
                THEN j.reason
        END AS excluded
    FROM judged_candidates AS j
    CROSS JOIN (VALUES ('exec_ok'), ('critique'), ('always')) AS gates (gate)
    LEFT JOIN taken_fixes AS t USING (gate, run, position, sample)
    -- The fix of a further set of critiques is there for pairs; it is no stage of an answer.
    WHERE j.step >= 0
),
-- One row a group of equal results. greedy and pipeline are twice the first sample, plus one where it is not correct. The vote (result, candidates, lowest) never reads a verdict; that is only carried along.
groups AS (
    SELECT
        gate, comparator, gold_revision, run, position, result, final,
        count(*) AS candidates,
        count_if(correct) AS correct,
        count_if(unanswered) AS unanswered,
        min(sample) AS lowest,
        arg_min(candidate, sample) AS first_candidate,
        arg_min(correct, sample) AS first_correct,
        min(sample * 2 + CASE WHEN correct THEN 0 ELSE 1 END) FILTER (step = 0) AS greedy,
        min(sample * 2 + CASE WHEN correct THEN 0 ELSE 1 END) FILTER (final) AS pipeline,
        max(excluded) AS excluded
    FROM judged
    GROUP BY ALL
),
-- The largest group of equal results; of equally large ones that with the lowest sample; the first sample when none executed.
ranked AS (
    SELECT
        *,
        CASE
            WHEN NOT final THEN NULL
            WHEN result IS NULL THEN -1 - lowest::BIGINT
            ELSE candidates * 100000 - lowest
        END AS standing
    FROM groups
),
voted AS (
    SELECT
        gate, comparator, gold_revision, run, position,
        max(excluded) AS excluded,
        sum(candidates)::BIGINT AS candidates,
        sum(correct)::BIGINT AS correct_candidates,
        coalesce(sum(candidates) FILTER (result IS NOT NULL), 0)::BIGINT AS executable_candidates,
        sum(unanswered)::BIGINT AS unanswered_candidates,
        coalesce(sum(candidates) FILTER (final), 0)::BIGINT AS samples,
        coalesce(sum(correct) FILTER (final), 0)::BIGINT AS correct_samples,
        coalesce(min(greedy) % 2 = 0, false) AS greedy,
        coalesce(min(pipeline) % 2 = 0, false) AS pipeline,
        arg_max(first_candidate, standing) AS majority_candidate,
        arg_max(first_correct, standing) AS majority
    FROM ranked
    GROUP BY ALL
)
SELECT
    v.gate, v.comparator, v.gold_revision, r.benchmark, r.revision, v.run, v.position, v.excluded,
    v.candidates, v.correct_candidates, v.executable_candidates, v.unanswered_candidates, v.samples, v.correct_samples,
    v.greedy, v.pipeline, v.majority_candidate, v.majority
FROM voted AS v
JOIN runs AS r ON r.run = v.run
