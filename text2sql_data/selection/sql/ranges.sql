-- The questions of a run that have final answers, from the first to the last position.
SELECT count(DISTINCT position) AS questions, min(position) AS first, max(position) AS last
FROM lake.candidates
WHERE run = $run
