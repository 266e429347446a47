-- The later steps that stand as final answers, under one gate.
SELECT * FROM lake.taken_fixes WHERE gate = $gate AND list_contains($runs::VARCHAR[], run)
