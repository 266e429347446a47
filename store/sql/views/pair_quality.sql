-- The quality figures of each pair set. A share is over the pairs for which it is known; what is known, and what is not, is counted beside it. Means are rounded to ten digits, for the last ones would depend on the order of adding.
-- reads: pair_measures
-- column pair_set: Set.
-- column pairs: Pairs in it.
-- column natural_pairs: Pairs that are not synthetic; gold ones are among them.
-- column gold_pairs: Pairs whose chosen side is a gold SQL.
-- column synthetic_pairs: Pairs whose rejected side was made by changing the chosen one.
-- column synthetic_fraction: Synthetic pairs / pairs.
-- column margins_known: Pairs with both rewards.
-- column avg_margin: Mean reward margin: the chosen side's reward less the rejected one's.
-- column min_margin: Smallest reward margin.
-- column max_margin: Largest reward margin.
-- column avg_edit_ratio: Mean token edit distance by the length of the longer side.
-- column avg_word_edit_ratio: The same over the tokens of published pair reports.
-- column duplicates: Pairs that repeat db_id, prompt, chosen and rejected of another one, those that the import left out among them.
-- column duplicate_rate: Duplicates / (pairs and those that the import left out).
-- column chosen_executable: Share of the chosen SQL that executes.
-- column chosen_executable_known: Pairs for which that is known.
-- column chosen_executable_unknown: The others.
-- column rejected_executable: Share of the rejected SQL that executes.
-- column rejected_executable_known: Pairs for which that is known.
-- column rejected_executable_unknown: The others.
-- column hard_negative: Share of the pairs whose rejected SQL executes and is wrong.
-- column hard_negative_known: Pairs for which that is known.
-- column hard_negative_unknown: The others.
-- column type_entropy: Entropy of the types, in bits.
-- column types: Pairs by type.
WITH sets AS (
    SELECT pair_set, coalesce(TRY_CAST(parameters ->> 'duplicates' AS BIGINT), 0) AS left_out FROM pair_sets
),
by_type AS (
    SELECT pair_set, type, count(*) AS pairs FROM pairs GROUP BY ALL
),
types AS (
    SELECT pair_set, map(list(type ORDER BY type), list(pairs ORDER BY type)) AS types, entropy AS type_entropy
    FROM (
        SELECT *, round(-sum(pairs / total * log2(pairs / total)) OVER (PARTITION BY pair_set), 10) AS entropy
        FROM (SELECT *, sum(pairs) OVER (PARTITION BY pair_set) AS total FROM by_type)
    )
    GROUP BY pair_set, entropy
),
figures AS (
    SELECT
        pair_set,
        count(*) AS pairs,
        count_if(origin <> 'synthetic') AS natural_pairs,
        count_if(origin = 'gold') AS gold_pairs,
        count_if(origin = 'synthetic') AS synthetic_pairs,
        count(margin) AS margins_known,
        round(avg(margin), 10) AS avg_margin,
        round(min(margin), 10) AS min_margin,
        round(max(margin), 10) AS max_margin,
        round(avg(edit_ratio), 10) AS avg_edit_ratio,
        round(avg(word_edit_ratio), 10) AS avg_word_edit_ratio,
        count(*) - count(DISTINCT (coalesce(db_id, ''), coalesce(prompt::VARCHAR, ''), chosen, rejected)) AS repeated,
        avg(chosen_executes::INTEGER) AS chosen_executable,
        count(chosen_executes) AS chosen_executable_known,
        avg(rejected_executes::INTEGER) AS rejected_executable,
        count(rejected_executes) AS rejected_executable_known,
        avg(hard_negative::INTEGER) AS hard_negative,
        count(hard_negative) AS hard_negative_known
    FROM pair_measures
    GROUP BY pair_set
)
SELECT
    f.pair_set, f.pairs, f.natural_pairs, f.gold_pairs, f.synthetic_pairs,
    f.synthetic_pairs / f.pairs AS synthetic_fraction,
    f.margins_known, f.avg_margin, f.min_margin, f.max_margin, f.avg_edit_ratio, f.avg_word_edit_ratio,
    f.repeated + s.left_out AS duplicates,
    (f.repeated + s.left_out) / (f.pairs + s.left_out) AS duplicate_rate,
    f.chosen_executable, f.chosen_executable_known, f.pairs - f.chosen_executable_known AS chosen_executable_unknown,
    f.rejected_executable, f.rejected_executable_known, f.pairs - f.rejected_executable_known AS rejected_executable_unknown,
    f.hard_negative, f.hard_negative_known, f.pairs - f.hard_negative_known AS hard_negative_unknown,
    t.type_entropy, t.types
FROM figures AS f
JOIN sets AS s USING (pair_set)
JOIN types AS t USING (pair_set)
