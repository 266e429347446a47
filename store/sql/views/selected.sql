-- What every selector chose last, with the verdict of every current comparator for every gold revision.
-- reads: current_selections, judged_candidates
-- like: judged_candidates
-- column selector: Identity of the selector.
-- column selector_name: Its name.
-- column gate: Its gate.
-- column k: Final answers that it chose from.
SELECT s.selector, s.name AS selector_name, s.gate, s.k, j.*
FROM current_selections AS s
JOIN judged_candidates AS j ON j.candidate = s.candidate
