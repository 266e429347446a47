-- The candidates that pairs are mined from, each with its question, what its SQL did, one comparator's verdict, and its reward.
-- Rewards: 1.0 correct at once; 0.7 - 0.1 * (turn - 2), at least 0, correct at a later turn; -0.5 wrong at the last turn;
-- 0.2 executes but is wrong; -0.2 does not execute. Turns count from 1. A candidate that nobody could judge has none, and neither has a
-- wrong one of which nobody says whether it executes.
WITH chosen AS (
    SELECT
        j.* REPLACE (
            -- With a file's verdicts go the file's words on what ran: under another engine something else may fail.
            CASE WHEN starts_with($comparator, 'file:') THEN coalesce(c.claimed_ok, j.executes) ELSE j.executes END AS executes,
            CASE WHEN starts_with($comparator, 'file:') AND c.claimed_ok IS NOT NULL THEN c.claimed_error ELSE j.error END AS error
        ),
        c.prompt, c.claimed_ok, c.claimed_ms
    FROM judged_candidates AS j
    JOIN candidates AS c ON c.candidate = j.candidate
    WHERE
        j.comparator = $comparator AND j.gold_revision = $gold_revision AND list_contains($runs::VARCHAR[], j.run)
),
turns AS (
    SELECT run, coalesce($max_turns, max(step) + 1) AS max_turns FROM chosen GROUP BY run
)
SELECT
    c.* EXCLUDE (comparator, gold_revision),
    CASE
        WHEN c.verdict = 'unknown' THEN NULL
        WHEN c.verdict = 'correct' AND c.step = 0 THEN 1.0
        WHEN c.verdict = 'correct' THEN greatest(0.0, 0.7 - 0.1 * (abs(c.step) - 1))
        WHEN abs(c.step) + 1 >= t.max_turns THEN -0.5
        WHEN c.executes THEN 0.2
        WHEN NOT c.executes THEN -0.2
    END::DOUBLE AS reward
FROM chosen AS c
JOIN turns AS t USING (run)
