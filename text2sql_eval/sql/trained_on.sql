-- The picks of some selectors under a gate, by run, where a model was allowed to pick for what it had been trained on.
SELECT
    run, name, count(*) AS picks,
    count_if(reason = 'trained_on_question') AS question,
    count_if(reason = 'trained_on_database') AS database
FROM current_selections
WHERE gate = $gate AND list_contains($selectors::VARCHAR[], name)
GROUP BY run, name
HAVING bool_or(starts_with(reason, 'trained_on_'))
ORDER BY run, name
