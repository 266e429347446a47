-- What is changed, and what comes of it.
CREATE OR REPLACE TEMP TABLE synthetic_sources (
    source INTEGER, benchmark VARCHAR, revision VARCHAR, position INTEGER, db_id VARCHAR, database UUID, run VARCHAR,
    candidate UUID, prompt UUID, step SMALLINT, sql VARCHAR, reason VARCHAR
);
CREATE OR REPLACE TEMP TABLE synthetic_mutants (source INTEGER, type VARCHAR, mutation VARCHAR, sql VARCHAR, place BIGINT);
