-- The runs in which the gold had a say while candidates were made, by their final answers under each gate: their figures are not those of a system that could be deployed.
-- reads: answers
-- column gate: exec_ok, critique or always.
-- column run: Run.
-- column answers: Its final answers.
-- column saw_gold: Those of them that were asked for because of the gold, or by a prompt that told of it.
SELECT a.gate, a.run, count(*) AS answers, count_if(c.saw_gold) AS saw_gold
FROM answers AS a
JOIN candidates AS c ON c.candidate = a.candidate
-- A run in which nothing did is not looked at.
SEMI JOIN (SELECT DISTINCT run FROM candidates WHERE saw_gold) AS m ON m.run = a.run
GROUP BY a.gate, a.run
