-- Which later step of a sample stands as its final answer, under each gate: exec_ok takes a fix where the planner's SQL does not execute, critique also where a critique of the first set says incorrect, always takes every fix. A repair turn always stands.
-- reads: candidate_results, divided_runs
-- column gate: exec_ok, critique or always.
-- column run: Run of the candidate.
-- column position: Position of the question.
-- column sample: Which of the K samples.
-- column step: Step that stands.
SELECT gate, f.run, f.position, f.sample, max(f.step) AS step
FROM candidates AS f
LEFT JOIN candidate_results AS p ON p.candidate = f.parent
LEFT JOIN (
    SELECT candidate, bool_or(verdict = 'incorrect') AS doubted
    FROM critiques
    WHERE
        NOT coalesce(post_hoc, false)
        -- Further critiques of one validator are further sets there, which other fixes read (see rollouts).
        AND (
            ordinal = 0
            OR candidate NOT IN (
                SELECT c.candidate FROM candidates AS c SEMI JOIN divided_runs AS d ON d.run = c.run
            )
        )
    GROUP BY candidate
) AS v ON v.candidate = f.parent
CROSS JOIN (VALUES ('exec_ok'), ('critique'), ('always')) AS gates (gate)
WHERE
    f.step > 0
    AND (
        f.stage <> 'fixer'
        OR gate = 'always'
        OR NOT coalesce(p.executes, false)
        OR (gate = 'critique' AND coalesce(v.doubted, false))
    )
GROUP BY gate, f.run, f.position, f.sample
