-- The texts of each pair as a trainer gets them: for a pinned dataset those of its rows, for a pair set the prompt and both answers.
-- A conversation is the content of its messages, joined by line feeds.
WITH pinned AS (
    SELECT
        v.version,
        json_extract_string(r.sources, '$.pair_set') AS pair_set,
        TRY_CAST(json_extract_string(r.sources, '$.pair') AS UUID) AS pair,
        r.content
    FROM report_versions AS v
    JOIN pin_rows AS r ON r.name = v.pin AND r.version = v.pin_version
),
texts AS (
    SELECT
        version, pair_set, pair,
        CASE json_type(content, '$.prompt')
            WHEN 'ARRAY' THEN array_to_string(json_extract_string(content, '$.prompt[*].content'), chr(10))
            ELSE json_extract_string(content, '$.prompt')
        END AS prompt_text,
        CASE json_type(content, '$.chosen')
            WHEN 'ARRAY' THEN array_to_string(json_extract_string(content, '$.chosen[*].content'), chr(10))
            ELSE json_extract_string(content, '$.chosen')
        END AS chosen_text,
        CASE json_type(content, '$.rejected')
            WHEN 'ARRAY' THEN array_to_string(json_extract_string(content, '$.rejected[*].content'), chr(10))
            ELSE json_extract_string(content, '$.rejected')
        END AS rejected_text
    FROM pinned
    WHERE pair IS NOT NULL
)
SELECT
    m.version, p.pair_set, p.pair, c.text AS prompt_text, coalesce(r.text, c.text) AS rejected_prompt_text,
    p.chosen AS chosen_text, p.rejected AS rejected_text
FROM report_versions AS m
JOIN pairs AS p ON p.pair_set = m.pair_set
LEFT JOIN prompts AS c ON c.prompt = p.prompt
LEFT JOIN prompts AS r ON r.prompt = p.rejected_prompt
UNION ALL
SELECT version, pair_set, pair, prompt_text, prompt_text, chosen_text, rejected_text FROM texts
