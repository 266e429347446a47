-- One row is one rollout: the planner's SQL of a sample, a set of critiques that were written of it at the time, and the last fix that read them. It has no gold and no label.
-- reads: divided_runs
-- column run: Run.
-- column position: Position of the question.
-- column sample: Which of the K samples.
-- column ordinal: Which set of critiques, from 0: the first critique of each validator, the second, ... Only runs with fixes of further sets have several (see divided_runs); elsewhere all critiques of a SQL are one set.
-- column planner: Candidate of the planner: step 0 of the sample.
-- column planner_sql_id: Identity of its SQL text; NULL when it has no SQL.
-- column planner_prompt: Prompt that the planner answered, where it is known.
-- column critiques: Critiques that a fixer could read: those that were not written afterwards.
-- column doubted: Whether some of them says incorrect.
-- column critique_set: Identity of all their texts, by validator and ordinal. NULL when there is none. Two fixers with the same one, of the same SQL, read the same critiques.
-- column fixes: Fixes that read this set; 0 when the fixer was not called.
-- column fix: The last of them.
-- column fix_sql_id: Identity of its SQL text.
-- column changed: Whether the fix is another SQL than the planner's; NULL when there is none.
WITH several AS (
    SELECT c.candidate
    FROM candidates AS c
    SEMI JOIN divided_runs AS d ON d.run = c.run
    WHERE c.step = 0
),
read AS (
    SELECT
        c.candidate,
        CASE WHEN s.candidate IS NULL THEN 0 ELSE c.ordinal END AS ordinal,
        count(*) AS critiques,
        bool_or(verdict = 'incorrect') AS doubted,
        -- Each text is hashed by itself, so that sorting moves no texts.
        substr(
            sha256(string_agg(concat_ws(chr(10), c.validator, c.ordinal, sha256(c.text)), chr(10) ORDER BY c.validator, c.ordinal, c.regime)),
            1, 32
        )::UUID AS critique_set
    FROM critiques AS c
    LEFT JOIN several AS s ON s.candidate = c.candidate
    WHERE NOT coalesce(c.post_hoc, false)
    GROUP BY ALL
),
fixed AS (
    SELECT
        parent, sample,
        CASE WHEN starts_with(stage, 'fixer#') THEN split_part(stage, '#', 2)::INTEGER - 1 ELSE 0 END AS ordinal,
        count(*) AS fixes,
        max({'step': step, 'candidate': candidate, 'sql_id': sql_id}) AS last
    FROM candidates
    -- A repair turn is no fix of this kind: it read no critiques.
    WHERE starts_with(stage, 'fixer') AND parent IS NOT NULL
    GROUP BY ALL
)
SELECT
    c.run, c.position, c.sample,
    coalesce(r.ordinal, 0) AS ordinal,
    c.candidate AS planner,
    c.sql_id AS planner_sql_id,
    c.prompt AS planner_prompt,
    coalesce(r.critiques, 0) AS critiques,
    coalesce(r.doubted, false) AS doubted,
    r.critique_set,
    coalesce(f.fixes, 0) AS fixes,
    f.last.candidate AS fix,
    f.last.sql_id AS fix_sql_id,
    CASE WHEN f.parent IS NOT NULL THEN f.last.sql_id IS DISTINCT FROM c.sql_id END AS changed
FROM candidates AS c
LEFT JOIN read AS r ON r.candidate = c.candidate
LEFT JOIN fixed AS f ON f.parent = c.candidate AND f.sample = c.sample AND f.ordinal = coalesce(r.ordinal, 0)
WHERE c.step = 0
