-- Every offered pair with the reason why it is left out, caps included; the detail names the caps that it would break.
WITH full_questions AS (
    SELECT question, count(*) AS pairs FROM select_decided WHERE kept GROUP BY question HAVING count(*) >= $per_question::BIGINT
),
said AS (
    SELECT "by", value, string_agg(said, '; ' ORDER BY said) AS said FROM select_full GROUP BY ALL
)
SELECT
    d.pair_set, d.pair,
    CASE WHEN d.reason IS NULL AND NOT c.kept THEN 'cap' ELSE d.reason END AS reason,
    CASE
        WHEN d.reason IS NULL AND NOT c.kept THEN concat_ws(
            '; ', t.said, o.said, s.said, b.said,
            'question: ' || q.pairs::VARCHAR || ' kept, at most ' || $per_question::BIGINT::VARCHAR
        )
        ELSE d.detail
    END AS detail
FROM select_distinct AS d
LEFT JOIN select_decided AS c ON c.pair_set = d.pair_set AND c.pair = d.pair
LEFT JOIN said AS t ON t."by" = 'type' AND t.value = c.type_key
LEFT JOIN said AS o ON o."by" = 'origin' AND o.value = c.origin_key
LEFT JOIN said AS s ON s."by" = 'set' AND s.value = c.set_key
LEFT JOIN said AS b ON b."by" = 'database' AND b.value = c.database_key
LEFT JOIN full_questions AS q ON q.question = c.question
