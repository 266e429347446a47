-- What every selector chose last for a question, among all its final answers. It has no gold and no label.
-- like: selections
-- column name: Name of the selector.
-- column method: Its method.
-- column gate: Its gate.
SELECT s.*, n.name, n.method, n.gate
FROM selections AS s
JOIN selectors AS n ON n.selector = s.selector
WHERE s.draw = 0
QUALIFY row_number() OVER (PARTITION BY s.selector, s.run, s.position ORDER BY s.snapshot DESC) = 1
