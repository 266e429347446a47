-- The runs in which a SQL has several sets of critiques, each with a fix of its own: known by the stage of such a fix (fixer#2, ...), which exports and imports keep.
-- column run: Run.
SELECT DISTINCT run
FROM candidates
WHERE starts_with(stage, 'fixer#')
