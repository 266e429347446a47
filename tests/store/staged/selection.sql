CREATE TEMP TABLE answers_seen (run VARCHAR, position INTEGER, sample SMALLINT, stage VARCHAR, candidate UUID, parent UUID,
    benchmark VARCHAR, revision VARCHAR, db_id VARCHAR, database UUID, sql VARCHAR, sql_id UUID, status VARCHAR, executes BOOLEAN,
    error_class VARCHAR, error VARCHAR, n_rows BIGINT, result UUID, list_digest UUID, columns VARCHAR[], preview VARCHAR,
    logprob DOUBLE, tokens INTEGER, finish VARCHAR, fixed BOOLEAN, approvals BIGINT, doubts BIGINT, rule_findings BIGINT);
CREATE TEMP TABLE inputs_seen (run VARCHAR, position INTEGER, inputs UUID);
CREATE TEMP MACRO overlap(a, b) AS 1.0;
CREATE TEMP TABLE choice_answers (choice UINTEGER, candidate UUID, sample SMALLINT, sql VARCHAR, result UUID, votes INTEGER,
    status VARCHAR, error_class VARCHAR, n_rows BIGINT, columns VARCHAR[], preview VARCHAR, logprob DOUBLE, tokens INTEGER,
    finish VARCHAR, fixed BOOLEAN, approvals BIGINT, doubts BIGINT, rule_findings BIGINT, parsed BOOLEAN, tables VARCHAR[],
    columns_named VARCHAR[], projection VARCHAR[], conditions VARCHAR[], grouping VARCHAR[], ordering VARCHAR[],
    aggregates VARCHAR[], skeleton VARCHAR, "limit" INTEGER, "distinct" BOOLEAN, selects INTEGER, set_operations INTEGER,
    joins INTEGER, ors INTEGER, negations INTEGER, likes INTEGER, star BOOLEAN, outer_joins INTEGER, nodes INTEGER,
    characters INTEGER, idle_tables INTEGER);
