-- The pairs that are left out, with the set that each was taken from. One that an earlier set offered too is decided there.
SELECT d.pair, d.pair_set AS source_set, o.type, o.benchmark, o.revision, o.position, d.reason, d.detail
FROM dropped_pairs AS d
JOIN offered_pairs AS o ON o.pair_set = d.pair_set AND o.pair = d.pair
WHERE d.reason <> 'duplicate'
