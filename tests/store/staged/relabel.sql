-- What relabelling stages: the labels that there were before.
CREATE TEMP TABLE labelled_before AS
    SELECT candidate, gold_revision, comparator, version, database FROM lake.labels LIMIT 0;
