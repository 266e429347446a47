-- The rows of the table pairs.
SELECT getvariable('pair_set') AS pair_set, p.* EXCLUDE (place, drop), d.edit_ratio, d.word_edit_ratio
FROM identified_pairs AS p
JOIN pair_distances AS d USING (pair)
WHERE p.drop IS NULL
