-- Keys that stand twice: DuckLake has no primary keys, so this is where a double would show. It should be empty.
-- column check: Name of the check.
-- column table: Table with the repeated key.
-- column rows: How often the key stands there.
-- column example: The key.
SELECT 'repeated_key' AS check, 'benchmarks' AS table, count(*) AS rows, concat_ws(' ', benchmark, revision)::VARCHAR AS example
FROM benchmarks
GROUP BY benchmark, revision
HAVING rows > 1
UNION ALL
SELECT 'repeated_key' AS check, 'calls' AS table, count(*) AS rows, concat_ws(' ', call)::VARCHAR AS example
FROM calls
GROUP BY call
HAVING rows > 1
UNION ALL
SELECT 'repeated_key' AS check, 'candidates' AS table, count(*) AS rows, concat_ws(' ', candidate)::VARCHAR AS example
FROM candidates
GROUP BY candidate
HAVING rows > 1
UNION ALL
SELECT 'repeated_key' AS check, 'comparators' AS table, count(*) AS rows, concat_ws(' ', comparator, version)::VARCHAR AS example
FROM comparators
GROUP BY comparator, version
HAVING rows > 1
UNION ALL
SELECT 'repeated_key' AS check, 'critiques' AS table, count(*) AS rows, concat_ws(' ', critique)::VARCHAR AS example
FROM critiques
GROUP BY critique
HAVING rows > 1
UNION ALL
SELECT 'repeated_key' AS check, 'databases' AS table, count(*) AS rows, concat_ws(' ', benchmark, db_id, added)::VARCHAR AS example
FROM databases
GROUP BY benchmark, db_id, added
HAVING rows > 1
UNION ALL
SELECT 'repeated_key' AS check, 'executions' AS table, count(*) AS rows, concat_ws(' ', database, sql_id, settings)::VARCHAR AS example
FROM executions
GROUP BY database, sql_id, settings
HAVING rows > 1
UNION ALL
SELECT 'repeated_key' AS check, 'feature_sets' AS table, count(*) AS rows, concat_ws(' ', feature_set)::VARCHAR AS example
FROM feature_sets
GROUP BY feature_set
HAVING rows > 1
UNION ALL
SELECT 'repeated_key' AS check, 'feature_values' AS table, count(*) AS rows, concat_ws(' ', feature_set, candidate, inputs)::VARCHAR AS example
FROM feature_values
GROUP BY feature_set, candidate, inputs
HAVING rows > 1
UNION ALL
SELECT 'repeated_key' AS check, 'golds' AS table, count(*) AS rows, concat_ws(' ', benchmark, revision, position, gold_revision)::VARCHAR AS example
FROM golds
GROUP BY benchmark, revision, position, gold_revision
HAVING rows > 1
UNION ALL
SELECT 'repeated_key' AS check, 'judgements' AS table, count(*) AS rows, concat_ws(' ', selector, prompt)::VARCHAR AS example
FROM judgements
GROUP BY selector, prompt
HAVING rows > 1
UNION ALL
SELECT 'repeated_key' AS check, 'labels' AS table, count(*) AS rows, concat_ws(' ', candidate, gold_revision, comparator, version, settings, database)::VARCHAR AS example
FROM labels
GROUP BY candidate, gold_revision, comparator, version, settings, database
HAVING rows > 1
UNION ALL
SELECT 'repeated_key' AS check, 'migrations' AS table, count(*) AS rows, concat_ws(' ', version)::VARCHAR AS example
FROM migrations
GROUP BY version
HAVING rows > 1
UNION ALL
SELECT 'repeated_key' AS check, 'models' AS table, count(*) AS rows, concat_ws(' ', name, version)::VARCHAR AS example
FROM models
GROUP BY name, version
HAVING rows > 1
UNION ALL
SELECT 'repeated_key' AS check, 'pair_drops' AS table, count(*) AS rows, concat_ws(' ', pair_set, pair)::VARCHAR AS example
FROM pair_drops
GROUP BY pair_set, pair
HAVING rows > 1
UNION ALL
SELECT 'repeated_key' AS check, 'pair_sets' AS table, count(*) AS rows, concat_ws(' ', pair_set)::VARCHAR AS example
FROM pair_sets
GROUP BY pair_set
HAVING rows > 1
UNION ALL
SELECT 'repeated_key' AS check, 'pair_yields' AS table, count(*) AS rows, concat_ws(' ', pair_set, agent, run, position)::VARCHAR AS example
FROM pair_yields
GROUP BY pair_set, agent, run, position
HAVING rows > 1
UNION ALL
SELECT 'repeated_key' AS check, 'pairs' AS table, count(*) AS rows, concat_ws(' ', pair_set, pair)::VARCHAR AS example
FROM pairs
GROUP BY pair_set, pair
HAVING rows > 1
UNION ALL
SELECT 'repeated_key' AS check, 'pin_drops' AS table, count(*) AS rows, concat_ws(' ', name, version, row)::VARCHAR AS example
FROM pin_drops
GROUP BY name, version, row
HAVING rows > 1
UNION ALL
SELECT 'repeated_key' AS check, 'pin_rows' AS table, count(*) AS rows, concat_ws(' ', name, version, split, row)::VARCHAR AS example
FROM pin_rows
GROUP BY name, version, split, row
HAVING rows > 1
UNION ALL
SELECT 'repeated_key' AS check, 'pins' AS table, count(*) AS rows, concat_ws(' ', name, version)::VARCHAR AS example
FROM pins
GROUP BY name, version
HAVING rows > 1
UNION ALL
SELECT 'repeated_key' AS check, 'plans' AS table, count(*) AS rows, concat_ws(' ', database, sql_id, engine)::VARCHAR AS example
FROM plans
GROUP BY database, sql_id, engine
HAVING rows > 1
UNION ALL
SELECT 'repeated_key' AS check, 'prompts' AS table, count(*) AS rows, concat_ws(' ', prompt)::VARCHAR AS example
FROM prompts
GROUP BY prompt
HAVING rows > 1
UNION ALL
SELECT 'repeated_key' AS check, 'questions' AS table, count(*) AS rows, concat_ws(' ', benchmark, revision, position)::VARCHAR AS example
FROM questions
GROUP BY benchmark, revision, position
HAVING rows > 1
UNION ALL
SELECT 'repeated_key' AS check, 'rejects' AS table, count(*) AS rows, concat_ws(' ', sha256, line, reason)::VARCHAR AS example
FROM rejects
GROUP BY sha256, line, reason
HAVING rows > 1
UNION ALL
SELECT 'repeated_key' AS check, 'runs' AS table, count(*) AS rows, concat_ws(' ', run)::VARCHAR AS example
FROM runs
GROUP BY run
HAVING rows > 1
UNION ALL
SELECT 'repeated_key' AS check, 'scores' AS table, count(*) AS rows, concat_ws(' ', selector, candidate, snapshot)::VARCHAR AS example
FROM scores
GROUP BY selector, candidate, snapshot
HAVING rows > 1
UNION ALL
SELECT 'repeated_key' AS check, 'selections' AS table, count(*) AS rows, concat_ws(' ', selector, run, position, k, draw, snapshot)::VARCHAR AS example
FROM selections
GROUP BY selector, run, position, k, draw, snapshot
HAVING rows > 1
UNION ALL
SELECT 'repeated_key' AS check, 'selectors' AS table, count(*) AS rows, concat_ws(' ', selector)::VARCHAR AS example
FROM selectors
GROUP BY selector
HAVING rows > 1
UNION ALL
SELECT 'repeated_key' AS check, 'settings' AS table, count(*) AS rows, concat_ws(' ', settings, chosen)::VARCHAR AS example
FROM settings
GROUP BY settings, chosen
HAVING rows > 1
UNION ALL
SELECT 'repeated_key' AS check, 'sql_differences' AS table, count(*) AS rows, concat_ws(' ', sql_id, other, version)::VARCHAR AS example
FROM sql_differences
GROUP BY sql_id, other, version
HAVING rows > 1
