-- What a dataset can be built from, each with a sha256 over what it holds: its files, or the identities of its pairs.
SELECT 'benchmark' AS kind, benchmark || ' ' || revision AS name, sha256(list_aggregate(json_extract_string(sources, '$[*].sha256'), 'string_agg', chr(10))) AS sha256
FROM benchmarks
UNION ALL
SELECT 'run', run, sha256(list_aggregate(json_extract_string(sources, '$[*].sha256'), 'string_agg', chr(10)))
FROM runs
UNION ALL
SELECT 'pair_set', pair_set, sha256(string_agg(pair::VARCHAR, chr(10) ORDER BY pair))
FROM pairs
GROUP BY pair_set
