-- Every candidate with what is wrong with it, under every current comparator and gold revision: judged_candidates, and how its result differs from the gold's. It reads the gold: no selector may see it. Whether its question counts is said by error_types.
-- reads: judged_candidates, current_settings
-- like: judged_candidates
-- column gold_sql: The gold SQL; NULL when there is none in this revision.
-- column gold_sql_id: Identity of its text.
-- column gold_n_rows: Number of rows of the gold's result.
-- column no_verdict: Why nothing can be said of the candidate: no_database, gold_error, gold_timeout, ..., not_executed, not_labelled. NULL otherwise.
-- column error_type: correct; or what is wrong: missing_candidate (no SQL), syntax_error, no_such_table, no_such_column, ambiguous_column, no_such_function, other_execution_error, rejected; timeout, memory, crashed (not known to be wrong); empty_result (the gold has rows), wrong_row_count, wrong_result, undecodable; unclassified where the SQL was not executed here. NULL where nothing can be said.
WITH judged AS (
    SELECT
        j.*,
        g.sql AS gold_sql,
        g.sql_id AS gold_sql_id,
        e.n_rows AS gold_n_rows,
        CASE
            WHEN j.verdict = 'unknown'
                AND (starts_with(j.reason, 'gold_') OR j.reason IN ('no_database', 'not_executed', 'not_labelled'))
                THEN j.reason
        END AS no_verdict,
        CASE WHEN s.claimed_ok THEN 'ok' WHEN NOT s.claimed_ok THEN 'error' ELSE j.status END AS done,
        CASE
            WHEN s.claimed_ok THEN NULL
            WHEN s.claimed_ok IS NULL THEN j.error_class
            WHEN contains(lower(s.claimed_error), 'no such table') THEN 'no_such_table'
            WHEN contains(lower(s.claimed_error), 'no such column') THEN 'no_such_column'
            WHEN contains(lower(s.claimed_error), 'ambiguous column') THEN 'ambiguous_column'
            WHEN contains(lower(s.claimed_error), 'no such function') THEN 'no_such_function'
            WHEN regexp_matches(lower(s.claimed_error), 'syntax error|incomplete input|unrecognized token') THEN 'syntax'
            WHEN regexp_matches(lower(s.claimed_error), 'interrupted|timeout|timed out') THEN 'timeout'
        END AS mistake
    FROM judged_candidates AS j
    LEFT JOIN golds AS g
        ON g.benchmark = j.benchmark AND g.revision = j.revision AND g.position = j.position
        AND g.gold_revision = j.gold_revision
    LEFT JOIN (SELECT * FROM executions WHERE settings = (SELECT settings FROM current_settings)) AS e
        ON e.sql_id = g.sql_id AND e.database = j.database
    -- The flags of a file go with what the same file says of its executions: another engine may have refused what executes here.
    LEFT JOIN candidates AS s ON s.candidate = CASE WHEN starts_with(j.comparator, 'file:') THEN j.candidate END
)
SELECT
    * EXCLUDE (no_verdict, done, mistake),
    no_verdict,
    CASE
        WHEN no_verdict IS NOT NULL THEN NULL
        WHEN verdict = 'correct' THEN 'correct'
        WHEN sql_id IS NULL THEN 'missing_candidate'
        -- The comparator may have executed another form of the SQL than that of the candidate.
        WHEN reason IN ('timeout', 'memory', 'crashed') THEN reason
        WHEN done IN ('timeout', 'memory', 'crashed', 'rejected') THEN done
        WHEN done = 'error' THEN
            CASE
                WHEN mistake = 'syntax' THEN 'syntax_error'
                WHEN mistake IN ('no_such_table', 'no_such_column', 'ambiguous_column', 'no_such_function', 'timeout') THEN mistake
                ELSE 'other_execution_error'
            END
        WHEN status <> 'ok' THEN 'unclassified'
        WHEN reason = 'undecodable' THEN 'undecodable'
        WHEN n_rows = 0 AND coalesce(gold_n_rows, 1) > 0 THEN 'empty_result'
        WHEN n_rows <> gold_n_rows THEN 'wrong_row_count'
        ELSE 'wrong_result'
    END AS error_type
FROM judged
