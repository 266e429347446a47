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
-- column samples: Final answers: the K of this question.
-- column correct_samples: Those that are correct.
-- column greedy: Verdict on the first SQL of sample 0.
-- column pipeline: Verdict on the final answer of sample 0.
-- column majority_candidate: Candidate that the majority vote picks: the largest group of equal result sets, the lowest sample among equals; failed SQL has no vote; sample 0 when none executed.
-- column majority: Verdict on that candidate.
WITH judged AS (
    SELECT
        gate, j.comparator, j.gold_revision, j.benchmark, j.revision, j.run, j.position, j.sample, j.step, j.candidate,
        j.status, j.verdict, j.reason,
        j.step = coalesce(t.step, 0) AS final,
        j.status = 'ok' AS executed,
        CASE WHEN final AND executed THEN j.set_digest END AS result
    FROM judged_candidates AS j
    CROSS JOIN (VALUES ('exec_ok'), ('critique'), ('always')) AS gates (gate)
    LEFT JOIN taken_fixes AS t USING (gate, run, position, sample)
),
-- One row a group of equal results. The vote (result, votes, lowest) never reads a verdict; it is only carried along.
groups AS (
    SELECT
        gate, comparator, gold_revision, benchmark, revision, run, position,
        result,
        final,
        count(*) AS candidates,
        count(*) FILTER (verdict = 'correct') AS correct,
        count(*) FILTER (executed) AS executable,
        min(sample) AS lowest,
        arg_min(candidate, sample) AS first_candidate,
        arg_min(verdict, sample) AS first_verdict,
        min(verdict) FILTER (step = 0 AND sample = 0) AS greedy,
        min(verdict) FILTER (final AND sample = 0) AS pipeline,
        max(reason) FILTER (starts_with(reason, 'gold_') OR reason IN ('no_database', 'not_executed', 'not_labelled'))
            AS excluded
    FROM judged
    GROUP BY ALL
)
SELECT
    gate, comparator, gold_revision, benchmark, revision, run, position,
    max(excluded) AS excluded,
    sum(candidates)::BIGINT AS candidates,
    sum(correct)::BIGINT AS correct_candidates,
    sum(executable)::BIGINT AS executable_candidates,
    coalesce(sum(candidates) FILTER (final), 0)::BIGINT AS samples,
    coalesce(sum(correct) FILTER (final), 0)::BIGINT AS correct_samples,
    max(greedy) AS greedy,
    max(pipeline) AS pipeline,
    -- The largest group of equal results; of equally large ones that with the lowest sample; the first sample when none executed.
    arg_max(first_candidate, (result IS NOT NULL, CASE WHEN result IS NULL THEN 0 ELSE candidates END, -lowest)) FILTER (final)
        AS majority_candidate,
    arg_max(first_verdict, (result IS NOT NULL, CASE WHEN result IS NULL THEN 0 ELSE candidates END, -lowest)) FILTER (final)
        AS majority
FROM groups
GROUP BY gate, comparator, gold_revision, benchmark, revision, run, position
