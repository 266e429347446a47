-- How many pairs were read, how many have a question, and how many there are without the repetitions that a set does not keep.
SELECT
    (SELECT count(*) FROM found_pairs),
    (SELECT count(*) FROM matched_pairs),
    (SELECT count(*) FROM (SELECT DISTINCT type, db_id, position, prompt, chosen, rejected FROM found_pairs))
