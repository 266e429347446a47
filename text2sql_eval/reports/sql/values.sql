-- One row is one measure of one pair.
SELECT version, type, measure, value
FROM (
    SELECT
        version, type, margin, edit_ratio, word_edit_ratio,
        chosen_length::DOUBLE AS chosen_length,
        rejected_length::DOUBLE AS rejected_length,
        length_difference::DOUBLE AS length_difference
    FROM report_pairs
) UNPIVOT (value FOR measure IN (margin, edit_ratio, word_edit_ratio, chosen_length, rejected_length, length_difference))
UNION ALL
SELECT l.version, p.type, 'total_size', l.total_size::DOUBLE
FROM (SELECT DISTINCT version, pair_set, pair, total_size FROM report_lengths) AS l
JOIN (SELECT DISTINCT version, pair_set, pair, type FROM report_pairs) AS p USING (version, pair_set, pair)
WHERE l.total_size IS NOT NULL
