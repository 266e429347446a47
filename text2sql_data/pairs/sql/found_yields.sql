-- The questions that a finder looked at, with the reason that holds where it found no pair; an empty table where it does not say.
CREATE TEMP TABLE IF NOT EXISTS found_yields (agent VARCHAR, run VARCHAR, position INTEGER, reason VARCHAR)
