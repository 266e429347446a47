-- What figures stage of runs whose models are in the lake.
CREATE TEMP TABLE learning_counted (run VARCHAR, benchmark VARCHAR, revision VARCHAR, position INTEGER);
CREATE TEMP TABLE learning_keys (benchmark VARCHAR, revision VARCHAR, position INTEGER, key VARCHAR);
