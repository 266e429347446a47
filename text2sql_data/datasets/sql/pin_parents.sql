-- What a dataset can be built from, each with a sha256 over what it holds: its files, or its pairs and their rewards.
SELECT 'benchmark' AS kind, benchmark || ' ' || revision AS name, sha256(list_aggregate(json_extract_string(sources, '$[*].sha256'), 'string_agg', chr(10))) AS sha256
FROM benchmarks
UNION ALL
SELECT 'run', run, sha256(list_aggregate(json_extract_string(sources, '$[*].sha256'), 'string_agg', chr(10)))
FROM runs
UNION ALL
SELECT 'pair_set', s.pair_set, sha256(coalesce(string_agg(concat_ws(' ', p.pair, coalesce(p.chosen_reward::VARCHAR, '-'), coalesce(p.rejected_reward::VARCHAR, '-')), chr(10) ORDER BY p.pair) FILTER (p.pair IS NOT NULL), ''))
FROM pair_sets AS s
LEFT JOIN pairs AS p USING (pair_set)
GROUP BY s.pair_set
