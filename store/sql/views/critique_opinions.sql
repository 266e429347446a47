-- Every opinion of a validator about a candidate. A rule critic has one about every candidate that the rules of its version examined, also where it wrote nothing because it found nothing.
-- column candidate: Candidate that it is about.
-- column validator: Whose opinion it is; rules is that of all rule critics together.
-- column regime: How the validator was made; rule@VERSION for rule critics.
-- column ordinal: Which of several critiques by the same validator, from 0.
-- column verdict: correct, incorrect or unparsed.
SELECT candidate, validator, regime, ordinal, verdict
FROM critiques
WHERE NOT starts_with(regime, 'rule@') OR validator = 'rules'
UNION ALL
SELECT
    e.candidate, c.validator, e.regime, 0::SMALLINT AS ordinal,
    CASE WHEN f.candidate IS NULL THEN 'correct' ELSE 'incorrect' END AS verdict
FROM critiques AS e
JOIN (
    SELECT DISTINCT validator, regime FROM critiques WHERE starts_with(regime, 'rule@') AND validator <> 'rules'
) AS c ON c.regime = e.regime
LEFT JOIN (
    SELECT DISTINCT candidate, validator, regime FROM critiques WHERE starts_with(regime, 'rule@') AND validator <> 'rules'
) AS f ON f.candidate = e.candidate AND f.validator = c.validator AND f.regime = e.regime
WHERE e.validator = 'rules' AND starts_with(e.regime, 'rule@')
