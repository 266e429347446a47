-- The answers that may stand in a pair: of each prompt the distinct SQL, ranked by who comes first, correct ones and wrong ones by themselves.
-- What has no reward takes no part: a verdict of unknown, and a wrong answer of which it is not known whether it executes. Only the first turn that has a correct answer counts: after it no repair would have been asked for.
-- contest is initial (correct answers against what failed at the first turn) or repair (both answer the same repair prompt).
-- rank: the first of each result group, then the second of each, ...; within that SQL that executes, then as the tie-break says.
WITH known AS (
    SELECT
        run, position, sample, step, candidate, prompt, parent, sql, sql_id, claimed_ok, claimed_ms, reward,
        verdict = 'correct' AS correct,
        coalesce(executes, false) AS executes,
        coalesce(set_digest, sql_id) AS result
    FROM judged
    -- The fix of a further set of critiques (a negative step) is no later turn.
    WHERE reward IS NOT NULL AND sql_id IS NOT NULL AND step >= 0
),
turns AS (
    SELECT run, position, min(step) FILTER (correct) AS answered
    FROM known
    GROUP BY run, position
    HAVING NOT bool_and(correct)
),
sides AS (
    SELECT
        'initial' AS contest,
        k.*,
        t.answered,
        -- A repaired SQL is preferred to what failed at first, whichever prompt repaired it.
        CASE WHEN k.correct AND k.step > 0 THEN NULL ELSE k.prompt END AS group_prompt,
        NULL::UUID AS group_parent
    FROM known AS k
    JOIN turns AS t USING (run, position)
    WHERE CASE WHEN k.correct THEN k.step = t.answered ELSE k.step = 0 END
    UNION ALL
    SELECT 'repair', k.*, t.answered, k.prompt, k.parent
    FROM known AS k
    JOIN turns AS t USING (run, position)
    WHERE k.step = t.answered AND k.step > 0
),
ordered AS (
    SELECT
        *,
        CASE WHEN correct OR executes THEN 0 ELSE 1 END AS failed,
        CASE WHEN correct AND $tie_break = 'claimed_ms' THEN claimed_ms END AS time
    FROM sides
),
distinct_sql AS (
    SELECT * FROM ordered
    QUALIFY row_number() OVER (
        PARTITION BY run, position, contest, group_prompt, group_parent, correct, sql_id
        ORDER BY failed, time NULLS LAST, sample, candidate
    ) = 1
),
rounds AS (
    SELECT
        *,
        row_number() OVER (
            PARTITION BY run, position, contest, group_prompt, group_parent, correct, result
            ORDER BY failed, time NULLS LAST, sample, candidate
        ) AS round
    FROM distinct_sql
)
SELECT
    *,
    row_number() OVER (
        PARTITION BY run, position, contest, group_prompt, group_parent, correct
        ORDER BY round, failed, time NULLS LAST, sample, candidate
    ) AS rank
FROM rounds
QUALIFY rank <= $per_group
