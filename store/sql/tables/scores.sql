-- key: selector, candidate, snapshot
CREATE TABLE scores (
    selector UUID NOT NULL,
    candidate UUID NOT NULL,
    snapshot BIGINT NOT NULL,
    score DOUBLE,
    detail JSON
);
COMMENT ON TABLE scores IS 'One row is the number that a selector gave to a final answer, among all the answers of its question. The highest is chosen.';
COMMENT ON COLUMN scores.selector IS 'Selector.';
COMMENT ON COLUMN scores.candidate IS 'Candidate.';
COMMENT ON COLUMN scores.snapshot IS 'Version of the lake that the selector read.';
COMMENT ON COLUMN scores.score IS 'The number; what it means is said by the method. NULL when there is none, such as after a failed call; it is never chosen then, unless no candidate of the question has one.';
COMMENT ON COLUMN scores.detail IS 'What the score is made of, where the method says it, such as votes or the fold that scored it.';
