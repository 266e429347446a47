-- A digest, for each question, of everything that a selector can see of it: while it is the same, the selector is not asked again. Reads the staged answers.
SELECT
    a.run, a.position,
    substr(sha256(concat_ws(
        chr(10), any_value(q.question), any_value(q.evidence), any_value(a.db_id), any_value(a.database)::VARCHAR,
        any_value(d.schema_digest),
        string_agg(
            concat_ws(
                '|', a.sample, a.candidate, a.sql_id, a.status, a.error_class, a.n_rows, a.result, a.list_digest, a.columns::VARCHAR,
                a.logprob, a.tokens, a.finish, a.approvals, a.doubts, a.rule_findings
            ), chr(10) ORDER BY a.sample
        )
    )), 1, 32)::UUID AS inputs
FROM temp.answers_seen AS a
JOIN lake.questions AS q ON q.benchmark = a.benchmark AND q.revision = a.revision AND q.position = a.position
LEFT JOIN (
    SELECT benchmark, db_id, sha256(schema::VARCHAR) AS schema_digest FROM lake.current_databases
) AS d ON d.benchmark = a.benchmark AND d.db_id = a.db_id
GROUP BY a.run, a.position
