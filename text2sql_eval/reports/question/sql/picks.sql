-- What every selector picked for a question in some runs, and why.
SELECT run, name, method, k, candidate, score, margin, tied, tie_break, reason
FROM current_selections
WHERE gate = $gate AND position = $position AND list_contains($runs::VARCHAR[], run)
QUALIFY row_number() OVER (PARTITION BY name, run ORDER BY snapshot DESC) = 1
ORDER BY name, run
