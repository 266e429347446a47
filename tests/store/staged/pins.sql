CREATE TEMP TABLE built_rows (split VARCHAR, row UUID, place BIGINT, benchmark VARCHAR, revision VARCHAR, position INTEGER,
    db_id VARCHAR, sources JSON, content JSON);
CREATE TEMP TABLE built_drops (row UUID, benchmark VARCHAR, revision VARCHAR, position INTEGER, reason VARCHAR, detail VARCHAR);
CREATE TEMP TABLE rows_before (split VARCHAR, row UUID, digest UUID, place BIGINT, benchmark VARCHAR, revision VARCHAR,
    position INTEGER, db_id VARCHAR, sources JSON, content JSON);
CREATE TEMP TABLE rows_after AS FROM rows_before;
CREATE TEMP TABLE drops_before (row UUID, reason VARCHAR, detail VARCHAR);
CREATE TEMP TABLE drops_after AS FROM drops_before;
CREATE TEMP TABLE asked_rows (row UUID, benchmark VARCHAR, revision VARCHAR, position INTEGER, sources JSON);
CREATE TEMP TABLE new_sources (row UUID, reason VARCHAR);
CREATE TEMP TABLE pin_changes (row UUID, split_before VARCHAR, split_after VARCHAR, benchmark VARCHAR, revision VARCHAR,
    position INTEGER, db_id VARCHAR, fields VARCHAR[], changes VARCHAR[], content_before JSON, content_after JSON,
    sources_before JSON, sources_after JSON);
CREATE TEMP TABLE reasoned_changes (row UUID, split_before VARCHAR, split_after VARCHAR, changes VARCHAR[], reason VARCHAR);
