-- The candidates that are looked at, with what is wrong with them; their texts stay in the lake.
SELECT
    benchmark, revision, run, position, db_id, sample, stage, step, candidate, parent, sql_id, gold_sql_id, database, error,
    comparator, gold_revision, no_verdict, error_type
FROM lake.candidate_errors
WHERE comparator = $comparator AND gold_revision = $gold_revision AND list_contains($runs::VARCHAR[], run)
