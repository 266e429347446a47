-- What is in each split of a pin: rows, questions, databases, and the mean size of a row in characters.
SELECT
    split,
    count(*) AS n_rows,
    count(DISTINCT concat_ws(' ', benchmark, revision, position)) FILTER (WHERE position IS NOT NULL) AS questions,
    count(DISTINCT db_id) AS databases,
    round(avg(length(content::VARCHAR)))::BIGINT AS characters
FROM lake.pin_rows
WHERE name = $name AND version = $version
GROUP BY split
ORDER BY coalesce(list_position(['train', 'validation', 'test'], split), 4), split
