CREATE TEMP TABLE todo (candidate UUID, database VARCHAR, sql_id VARCHAR, sql VARCHAR);
CREATE TEMP TABLE found (database VARCHAR, sql_id VARCHAR, validator VARCHAR, ordinal SMALLINT, text VARCHAR, verdict VARCHAR,
    saw VARCHAR, change VARCHAR);
