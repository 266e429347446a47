-- The examples that a dataset left out, each once: of several reasons the first in the order of the alphabet.
SELECT $name AS name, $version::INTEGER AS version, row, benchmark, revision, position, reason, detail
FROM built_drops
QUALIFY row_number() OVER (PARTITION BY row ORDER BY reason, detail) = 1
