-- What a report on drift stages: the outcomes and verdicts of both sides, both beside each other, and what moved.
CREATE TEMP TABLE drift_from (benchmark VARCHAR, revision VARCHAR, run VARCHAR, position INTEGER, excluded VARCHAR,
    majority_candidate UUID, correct BOOLEAN);
CREATE TEMP TABLE drift_to AS FROM drift_from;
CREATE TEMP TABLE drift_verdicts_from (run VARCHAR, position INTEGER, sample SMALLINT, step SMALLINT, candidate UUID,
    verdict VARCHAR, reason VARCHAR, final BOOLEAN);
CREATE TEMP TABLE drift_verdicts_to AS FROM drift_verdicts_from;
CREATE TEMP TABLE drift_outcomes (benchmark VARCHAR, revision VARCHAR, run VARCHAR, position INTEGER, db_id VARCHAR,
    excluded_from VARCHAR, excluded_to VARCHAR, correct_from BOOLEAN, correct_to BOOLEAN, majority_from UUID, majority_to UUID,
    counts BOOLEAN, change VARCHAR);
CREATE TEMP TABLE drift_moved (benchmark VARCHAR, revision VARCHAR, run VARCHAR, position INTEGER, db_id VARCHAR, change VARCHAR,
    reason_from VARCHAR, reason_to VARCHAR, candidate_from UUID, candidate_to UUID);
