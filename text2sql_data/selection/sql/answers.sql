-- What a selector may see of the final answers of some questions of a run: the SQL, what it did, and what critiques said before the answer stood. No label, no gold, no reward. Of the critiques only those that a fixer read, and those of rule critics: a judge that was asked about failures afterwards tells by its being there.
WITH opinions AS (
    SELECT
        o.candidate,
        count_if(o.verdict = 'correct') AS approvals,
        count_if(o.verdict = 'incorrect') AS doubts
    FROM lake.critique_opinions AS o
    JOIN lake.critiques AS c
        ON c.candidate = o.candidate AND c.validator = o.validator AND c.regime = o.regime AND c.ordinal = o.ordinal
    WHERE
        NOT coalesce(c.post_hoc, false)
        AND NOT starts_with(o.regime, 'rule@')
        -- In a file of critiques nobody fixed anything: its judges were asked about answers that stood.
        AND NOT EXISTS (SELECT 1 FROM lake.runs WHERE run = $run AND format = 'critiques')
    GROUP BY o.candidate
),
rules AS (
    SELECT candidate, count(*) FILTER (validator <> 'rules') AS rule_findings
    FROM lake.critiques
    WHERE starts_with(regime, 'rule@')
    GROUP BY candidate
)
SELECT
    a.run, a.position, a.sample, a.stage, a.candidate, a.parent, a.benchmark, a.revision, a.db_id, a.database,
    a.sql, a.sql_id, a.status, a.executes, a.error_class, a.error, a.n_rows,
    CASE WHEN a.status = 'ok' THEN a.set_digest END AS result,
    e.list_digest, e.columns, e.preview::VARCHAR AS preview,
    c.logprob, c.tokens, c.finish, c.step > 0 AS fixed,
    -- Critiques are about the SQL of the first step, which a fix was made from.
    coalesce(o.approvals, 0) AS approvals,
    coalesce(o.doubts, 0) AS doubts,
    r.rule_findings
FROM lake.answers AS a
JOIN (
    -- Said again, so that only the files of these questions are read.
    SELECT * FROM lake.candidates WHERE run = $run AND position >= $first AND position < $end
) AS c ON c.candidate = a.candidate
LEFT JOIN (SELECT * FROM lake.executions WHERE settings = (SELECT settings FROM lake.current_settings)) AS e
    ON e.database = a.database AND e.sql_id = a.sql_id
LEFT JOIN opinions AS o ON o.candidate = coalesce(a.parent, a.candidate)
LEFT JOIN rules AS r ON r.candidate = a.candidate
WHERE a.gate = $gate AND a.run = $run AND a.position >= $first AND a.position < $end
ORDER BY a.position, a.sample
