-- Ranges of questions whose texts are about $bytes together, so that sorting one of them takes little memory.
WITH sizes AS (
    SELECT position, 1000 + coalesce(strlen(sql), 0) + coalesce(strlen(completion), 0) AS bytes FROM candidates WHERE run = $run
    UNION ALL
    SELECT position, 500 + strlen(text) FROM export_critiques
    UNION ALL
    SELECT u.position, p.bytes
    FROM (
        SELECT position, prompt FROM candidates WHERE run = $run
        UNION
        SELECT position, prompt FROM export_critiques
    ) AS u
    JOIN (SELECT prompt, strlen(text) AS bytes FROM prompts) AS p ON p.prompt = u.prompt
),
questions AS (
    SELECT position, sum(bytes) AS bytes FROM sizes GROUP BY position
),
placed AS (
    SELECT position, sum(bytes) OVER (ORDER BY position) // $bytes AS batch FROM questions
)
SELECT min(position) AS first, max(position) AS last
FROM placed
GROUP BY batch
ORDER BY first
