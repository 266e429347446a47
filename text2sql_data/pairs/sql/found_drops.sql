-- The pairs that a finder left out; an empty table where it kept none.
CREATE TEMP TABLE IF NOT EXISTS found_drops (
    pair UUID, source_set VARCHAR, type VARCHAR, benchmark VARCHAR, revision VARCHAR, position INTEGER, reason VARCHAR, detail VARCHAR
)
