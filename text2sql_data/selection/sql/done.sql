-- The questions of the staged answers for which a selector has chosen last from the very same inputs, with the draws that it has. Where a call of its model failed it has chosen without, and is to choose again.
SELECT s.position, max(s.draw) AS draws
FROM lake.selections AS s
JOIN temp.inputs_seen AS i ON i.run = s.run AND i.position = s.position AND i.inputs = s.inputs
WHERE s.selector = $selector AND s.snapshot = (
    SELECT max(t.snapshot) FROM lake.selections AS t
    WHERE t.selector = s.selector AND t.run = s.run AND t.position = s.position
)
-- Figures take what chose last under a name: where that was another selector, this one has to choose again.
AND NOT EXISTS (
    SELECT 1
    FROM lake.selectors AS own
    JOIN lake.selectors AS other ON other.name = own.name AND other.gate = own.gate AND other.selector <> own.selector
    JOIN lake.selections AS later ON later.selector = other.selector AND later.run = s.run AND later.snapshot > s.snapshot
    WHERE own.selector = s.selector
)
GROUP BY s.position
HAVING NOT bool_or(coalesce(s.reason = 'call_failed', false))
