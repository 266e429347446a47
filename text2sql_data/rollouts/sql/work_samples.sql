-- The samples that are still to be asked for in a first stage, by question and by how they are drawn.
SELECT w.position, w.draw, list(w.sample ORDER BY w.sample) AS samples
FROM (SELECT c.position, d.sample, d.draw FROM chosen AS c CROSS JOIN draws AS d) AS w
ANTI JOIN (SELECT position, sample FROM candidates WHERE run = $run AND stage = $stage) AS a USING (position, sample)
GROUP BY w.position, w.draw
ORDER BY w.position, w.draw
