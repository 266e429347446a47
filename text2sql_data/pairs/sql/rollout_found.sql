-- The pairs with their texts, those that are left out as well, with the reason.
WITH sides AS (
    SELECT unnest([chosen, rejected]) AS side FROM rollout_matches WHERE agent = 'fixer'
),
-- A fixer's recorded prompt is a prompt only where it shows every critique; some sources keep a mere heading.
shown AS (
    SELECT f.candidate, p.prompt
    FROM candidates AS f
    JOIN prompts AS p ON p.prompt = f.prompt
    LEFT JOIN divided_runs AS d ON d.run = f.run
    LEFT JOIN (SELECT * FROM critiques WHERE NOT coalesce(post_hoc, false)) AS c
        ON c.candidate = f.parent
        AND (
            d.run IS NULL
            OR c.ordinal = CASE WHEN starts_with(f.stage, 'fixer#') THEN split_part(f.stage, '#', 2)::INTEGER - 1 ELSE 0 END
        )
    WHERE f.candidate IN (SELECT side.candidate FROM sides)
    GROUP BY f.candidate, p.prompt
    HAVING coalesce(bool_and(contains(p.text, trim(c.text, concat(' ', chr(9), chr(10), chr(13))))), true)
),
matched AS (
    SELECT
        m.place, m.agent, m.run, m.position, m.subject, m.chosen, m.rejected, m.reason,
        -- A fixer that is judged by what it makes of a critique answers two prompts, all others answer one.
        m.chosen.reads IS NOT NULL AND sc.prompt <> sr.prompt AS two_prompts,
        CASE WHEN m.agent <> 'fixer' THEN m.prompt WHEN m.chosen.reads IS NULL OR two_prompts THEN sc.prompt END AS prompt,
        CASE WHEN two_prompts THEN sr.prompt END AS rejected_prompt
    FROM rollout_matches AS m
    LEFT JOIN shown AS sc ON sc.candidate = m.chosen.candidate
    LEFT JOIN shown AS sr ON sr.candidate = m.rejected.candidate
),
found AS (
    SELECT
        m.agent || '_' || $mode AS type,
        'natural' AS origin,
        m.agent,
        c.benchmark,
        c.revision,
        m.position,
        c.db_id,
        m.run,
        m.prompt,
        m.rejected_prompt,
        CASE WHEN m.agent IN ('planner', 'fixer') THEN c.sql ELSE xc.text END AS chosen,
        CASE WHEN m.agent IN ('planner', 'fixer') THEN r.sql ELSE xr.text END AS rejected,
        m.chosen.candidate AS chosen_candidate,
        m.rejected.candidate AS rejected_candidate,
        m.chosen.critique AS chosen_critique,
        m.rejected.critique AS rejected_critique,
        jc.sql AS chosen_sql,
        jr.sql AS rejected_sql,
        m.chosen.reward AS chosen_reward,
        m.rejected.reward AS rejected_reward,
        c.step AS chosen_step,
        r.step AS rejected_step,
        jc.claimed_ok AS chosen_claimed_ok,
        jr.claimed_ok AS rejected_claimed_ok,
        -- What the prompt is about, where it was not recorded: the same two texts about another SQL are another pair.
        CASE WHEN m.prompt IS NULL THEN concat_ws(' ', m.subject, m.chosen.reads, m.rejected.reads) END AS context,
        m.place,
        -- One SQL with two verdicts, as a file's flags may have it, is told apart by nothing but a prompt.
        coalesce(
            m.reason,
            CASE WHEN m.agent IN ('planner', 'fixer') AND c.sql = r.sql AND m.rejected_prompt IS NULL THEN 'same_text' END
        ) AS reason,
        [m.chosen.reads, m.rejected.reads] AS reads
    FROM matched AS m
    JOIN judged AS c ON c.candidate = m.chosen.candidate
    JOIN judged AS r ON r.candidate = m.rejected.candidate
    LEFT JOIN judged AS jc ON jc.candidate = m.chosen.judge
    LEFT JOIN judged AS jr ON jr.candidate = m.rejected.judge
    LEFT JOIN critiques AS xc ON xc.critique = m.chosen.critique
    LEFT JOIN critiques AS xr ON xr.critique = m.rejected.critique
),
-- Of the pairs of one question only the first shows a set of critiques, on either side.
first_shown AS (
    SELECT run, position, read, min(place) AS place
    FROM (SELECT run, position, place, unnest(reads) AS read FROM found WHERE reason IS NULL)
    WHERE read IS NOT NULL
    GROUP BY ALL
),
repeated AS (
    SELECT DISTINCT f.place
    FROM (SELECT run, position, place, unnest(reads) AS read FROM found) AS f
    JOIN first_shown AS s ON s.run = f.run AND s.position = f.position AND s.read = f.read AND s.place < f.place
)
SELECT f.* EXCLUDE (reads) REPLACE (coalesce(f.reason, CASE WHEN d.place IS NOT NULL THEN 'same_critique' END) AS reason)
FROM found AS f
LEFT JOIN repeated AS d ON d.place = f.place
