-- The first questions of each version that the benchmark has as well, by identity or by text.
SELECT version, benchmark, position, db_id, question, pairs, same_question, same_text, same_database
FROM report_overlaps
WHERE same_question OR same_text
QUALIFY row_number() OVER (PARTITION BY version ORDER BY benchmark, revision, position) <= $most
ORDER BY version, benchmark, revision, position
