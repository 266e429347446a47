-- The latest score of every selector for some candidates.
SELECT s.candidate, n.name, s.score, s.detail::VARCHAR AS detail
FROM scores AS s
JOIN selectors AS n ON n.selector = s.selector
WHERE n.gate = $gate AND list_contains($candidates::UUID[], s.candidate)
QUALIFY row_number() OVER (PARTITION BY n.name, s.candidate ORDER BY n.version DESC, n.added DESC, s.snapshot DESC) = 1
ORDER BY n.name, s.candidate
