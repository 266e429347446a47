-- What became of each question of a run from its first turn to its last: right at once, repaired, failed, or broken by a fix. Its first turn is step 0; later turns are repair turns, and the fixes that stand under the gate.
-- reads: error_types, taken_fixes
-- column gate: Which fixes count: exec_ok, critique or always (see taken_fixes).
-- column unit: question: all samples of a turn together, as when they are shown one prompt; sample: each sample is a chain of its own.
-- column attempts: Which attempt stands for a turn in which several failed. best: of those that execute, else of all, the lowest sample. claimed: of the first turn the fastest of those that execute, else of all, as the source states its times; of the last turn the last sample.
-- column comparator: Comparator of the verdicts.
-- column gold_revision: Gold revision of the verdicts.
-- column benchmark: Benchmark of the run.
-- column revision: Revision of the benchmark.
-- column run: Run.
-- column position: Position of the question.
-- column sample: Sample, for the unit sample; NULL otherwise.
-- column db_id: Database of the question.
-- column excluded: Why the question does not count (see error_types); NULL when it does.
-- column status: correct_first_turn (some attempt of the first turn is correct); repaired (none, and some later one is); failed; broken (some was, and no final answer is). NULL when the question does not count.
-- column turns: Number of turns.
-- column first_candidate: Attempt that stands for the first turn; NULL where one was correct.
-- column first_type: Type of its error.
-- column final_candidate: For failed and broken ones, the attempt that stands for the last turn.
-- column final_type: Type of its error.
WITH attempted AS (
    SELECT
        gate, unit, attempts,
        e.comparator, e.gold_revision, e.benchmark, e.revision, e.run, e.position, e.db_id, e.excluded,
        CASE WHEN unit = 'sample' THEN e.sample END AS sample,
        e.step,
        e.step = coalesce(t.step, 0) AS final,
        coalesce(e.error_type = 'correct', false) AS correct,
        {'candidate': e.candidate, 'type': e.error_type} AS attempt,
        CASE WHEN e.error_type IN ('empty_result', 'wrong_row_count', 'wrong_result', 'undecodable') THEN 0 ELSE 1 END AS refused,
        CASE WHEN attempts = 'claimed' THEN coalesce(m.claimed_ms, 'infinity') ELSE 0 END AS waited,
        e.sample AS place
    FROM error_types AS e
    CROSS JOIN (VALUES ('exec_ok'), ('critique'), ('always')) AS gates (gate)
    CROSS JOIN (VALUES ('question'), ('sample')) AS units (unit)
    CROSS JOIN (VALUES ('best'), ('claimed')) AS choices (attempts)
    LEFT JOIN taken_fixes AS t USING (gate, run, position, sample)
    LEFT JOIN candidates AS m ON m.candidate = CASE WHEN attempts = 'claimed' THEN e.candidate END
    WHERE e.step = 0 OR (e.step > 0 AND (e.stage <> 'fixer' OR e.step = t.step))
),
chains AS (
    SELECT
        gate, unit, attempts, comparator, gold_revision, benchmark, revision, run, position, sample, db_id, excluded,
        count(DISTINCT step) AS turns,
        coalesce(bool_or(correct) FILTER (step = 0), false) AS first_correct,
        coalesce(bool_or(correct) FILTER (step > 0), false) AS later_correct,
        coalesce(bool_or(correct) FILTER (final), false) AS final_correct,
        arg_min(attempt, (refused, waited, place)) FILTER (step = 0 AND NOT correct) AS first,
        arg_min(
            attempt,
            CASE WHEN attempts = 'claimed' THEN (-step, 0, -place) ELSE (-step, refused, place) END
        ) FILTER (NOT correct) AS last
    FROM attempted
    GROUP BY ALL
)
SELECT
    gate, unit, attempts, comparator, gold_revision, benchmark, revision, run, position, sample, db_id, excluded,
    CASE
        WHEN excluded IS NOT NULL THEN NULL
        WHEN first_correct AND final_correct THEN 'correct_first_turn'
        WHEN first_correct THEN 'broken'
        WHEN later_correct THEN 'repaired'
        ELSE 'failed'
    END AS status,
    turns,
    CASE WHEN NOT first_correct THEN first.candidate END AS first_candidate,
    CASE WHEN NOT first_correct THEN first.type END AS first_type,
    CASE WHEN NOT final_correct AND (first_correct OR NOT later_correct) THEN last.candidate END AS final_candidate,
    CASE WHEN NOT final_correct AND (first_correct OR NOT later_correct) THEN last.type END AS final_type
FROM chains
