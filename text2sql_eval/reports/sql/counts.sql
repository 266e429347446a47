-- What is counted, by version and by version and type; without a type over all pairs.
SELECT
    version, type,
    string_agg(DISTINCT origin, ', ' ORDER BY origin) AS origins,
    string_agg(DISTINCT agent, ', ' ORDER BY agent) AS agents,
    count(*) AS pairs,
    count(*) FILTER (origin = 'natural') AS natural_pairs,
    count(*) FILTER (origin = 'gold') AS gold_pairs,
    count(*) FILTER (origin = 'synthetic') AS synthetic_pairs,
    count(DISTINCT text_key) AS distinct_pairs,
    count(*) FILTER (chosen_executes) AS chosen_executable,
    count(chosen_executes) AS chosen_known,
    count(chosen_status) AS chosen_executed,
    count(*) FILTER (rejected_executes) AS rejected_executable,
    count(rejected_executes) AS rejected_known,
    count(rejected_status) AS rejected_executed,
    count(*) FILTER (hard_negative) AS hard_negatives,
    count(hard_negative) AS hard_known,
    count(*) FILTER (result_relation = 'same') AS same_result,
    count(*) FILTER (result_relation = 'different') AS different_result,
    count(*) FILTER (result_relation = 'failed') AS rejected_failed,
    count(*) FILTER (position IS NOT NULL AND chosen_result IS NOT NULL AND rejected_result IS NOT NULL) AS with_results,
    count(DISTINCT (benchmark, revision, position, chosen_result, rejected_result))
        FILTER (position IS NOT NULL AND chosen_result IS NOT NULL AND rejected_result IS NOT NULL) AS distinct_results,
    count(*) FILTER (length_difference > 0) AS chosen_longer,
    count(*) FILTER (length_difference < 0) AS rejected_longer,
    count(DISTINCT (benchmark, revision, position)) FILTER (position IS NOT NULL) AS questions,
    count(DISTINCT db_id) AS databases,
    count(*) FILTER (position IS NULL) AS unmatched
FROM report_pairs
GROUP BY GROUPING SETS ((version), (version, type))
ORDER BY version, type NULLS FIRST
