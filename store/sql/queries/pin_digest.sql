-- The digest of a pin's rows as they are now, from their contents: what was stored beside them is not believed.
SELECT
    count(*) AS n_rows,
    sha256(coalesce(string_agg(line, '' ORDER BY line), '')) AS digest,
    coalesce(sum(differs::INTEGER), 0)::BIGINT AS differing
FROM (
    SELECT
        split || ' ' || substr(sha256(content::VARCHAR), 1, 32)::UUID || chr(10) AS line,
        digest IS DISTINCT FROM substr(sha256(content::VARCHAR), 1, 32)::UUID AS differs
    FROM pin_rows
    WHERE name = $name AND version = $version
)
