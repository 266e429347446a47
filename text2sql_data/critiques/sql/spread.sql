-- What was found about a SQL, as critiques of every candidate with that SQL.
SELECT
    substr(sha256(concat_ws(chr(10), t.candidate, f.validator, $regime, f.ordinal)), 1, 32)::UUID AS critique,
    t.candidate,
    f.validator,
    $regime AS regime,
    f.ordinal,
    f.text,
    f.verdict,
    true AS post_hoc,
    f.saw,
    f.change
FROM todo AS t
JOIN found AS f ON f.database = t.database AND f.sql_id = t.sql_id
