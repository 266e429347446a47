-- The verdict of every current comparator on every candidate, against the gold that came with the questions. A contract: its columns stay. For other gold revisions see judged_candidates.
-- reads: judged_candidates
-- like: judged_candidates
SELECT
    benchmark, position, question_id, db_id, run, system, sample, stage, candidate, sql, comparator, verdict, reason
FROM judged_candidates
WHERE gold_revision = 'original'
