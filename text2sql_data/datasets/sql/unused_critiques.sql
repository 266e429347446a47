-- The critiques by one validator that are no example, and why.
SELECT
    k.critique, o.benchmark, o.revision, o.position, o.db_id,
    CASE WHEN o.verdict = 'unknown' THEN 'unknown_label' WHEN k.verdict = 'unparsed' THEN 'unparsed' ELSE 'disagrees' END AS drop,
    CASE
        WHEN o.verdict = 'unknown' THEN 'its candidate could not be judged: ' || o.reason
        WHEN k.verdict = 'unparsed' THEN 'it does not conclude'
        ELSE 'it says ' || k.verdict || ', and the candidate is ' || o.verdict
    END AS detail
FROM critiques AS k
JOIN offered_candidates AS o ON o.candidate = k.candidate
WHERE
    k.validator = $agent
    AND (
        o.verdict = 'unknown'
        OR k.verdict = 'unparsed'
        OR ($critiques = 'agreeing' AND (k.verdict = 'correct') <> (o.verdict = 'correct'))
    )
ORDER BY k.critique
