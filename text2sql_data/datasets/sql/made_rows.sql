-- What a kind made, with the types that the other steps expect.
CREATE OR REPLACE TEMP TABLE made_rows AS
SELECT
    row::UUID AS row, benchmark, revision, position, db_id, label, type, prompt_key, content_digest::UUID AS content_digest, claim, stance,
    draw, sources, content
FROM spooled_rows;
CREATE OR REPLACE TEMP TABLE built_drops AS
SELECT row::UUID AS row, benchmark, revision, position, reason, detail
FROM spooled_drops
