-- What one side says of each question of each run, from the staged outcomes: why it does not count, and whether it is correct.
SELECT
    benchmark, revision, run, position, excluded, majority_candidate,
    CASE $metric WHEN 'greedy' THEN greedy WHEN 'majority' THEN coalesce(majority, false) ELSE pipeline END AS correct
FROM question_outcomes
