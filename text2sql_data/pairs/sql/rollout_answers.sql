-- The different answers to each prompt, and on which side of a pair each may stand. An answer that came out both ways, for another agent
-- decided otherwise afterwards, stands on the side that is empty without it: it is never preferred to itself, nor two such answers to
-- each other in both directions.
WITH placed AS (
    SELECT
        d.*,
        row_number() OVER (
            PARTITION BY d.agent, d.run, d.position ORDER BY d.sample, d.step, d.ordinal, d.candidate, d.critique
        ) AS place
    FROM rollout_decisions AS d
    SEMI JOIN (SELECT * FROM rollout_prompts WHERE good > 0 AND bad > 0) AS p
        ON p.agent = d.agent AND p.run = d.run AND p.position = d.position
        AND p.subject IS NOT DISTINCT FROM d.subject AND p.prompt IS NOT DISTINCT FROM d.prompt
    WHERE d.good IS NOT NULL
),
answers AS (
    SELECT
        agent, run, position, subject, prompt, answer,
        count_if(good) AS n_good,
        count_if(NOT good) AS n_bad,
        min(place) AS place,
        arg_min({'candidate': candidate, 'critique': critique, 'judge': judge, 'reward': reward, 'result': result, 'reads': reads}, place)
            FILTER (good) AS best,
        arg_min({'candidate': candidate, 'critique': critique, 'judge': judge, 'reward': reward, 'result': result, 'reads': reads}, place)
            FILTER (NOT good) AS worst
    FROM placed
    GROUP BY ALL
),
counted AS (
    SELECT
        *,
        count_if(n_bad = 0) OVER same_prompt AS always_good,
        count_if(n_good = 0) OVER same_prompt AS always_bad,
        count(*) OVER same_prompt AS answers
    FROM answers
    WINDOW same_prompt AS (PARTITION BY agent, run, position, subject, prompt)
),
sided AS (
    SELECT
        *,
        CASE
            WHEN n_bad = 0 THEN 'chosen'
            WHEN n_good = 0 THEN 'rejected'
            WHEN always_good > 0 AND always_bad > 0 THEN 'neither'
            WHEN always_bad > 0 THEN 'chosen'
            WHEN always_good > 0 THEN 'rejected'
            WHEN answers = 1 THEN 'same_text'
            ELSE 'both_ways'
        END AS side
    FROM counted
),
spread AS (
    SELECT
        *,
        row_number() OVER (
            PARTITION BY agent, run, position, subject, prompt, side, CASE side WHEN 'chosen' THEN best.result ELSE worst.result END
            ORDER BY place
        ) AS of_result
    FROM sided
)
SELECT
    * EXCLUDE (always_good, always_bad, of_result),
    -- One answer of each result first, then the second ones.
    row_number() OVER (PARTITION BY agent, run, position, subject, prompt, side ORDER BY of_result, place) - 1 AS rank
FROM spread
