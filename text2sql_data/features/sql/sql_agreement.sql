-- How the SQL of the answers of a choice agree, as parsed: style does not count (see shapes). Overlap is the Jaccard index, averaged over the other answers; of two empty lists it is 1.
-- A semicolon or a comment after the statement is no other statement.
-- feature tables_share share: Share of the answers that read the same tables as often.
-- feature projection_share share: Share of the answers with the same SELECT list.
-- feature projection_set_share share: Share of the answers whose SELECT lists hold the same expressions, in any order.
-- feature conditions_share share: Share of the answers with the same conditions.
-- feature grouping_share share: Share of the answers with the same GROUP BY.
-- feature ordering_share share: Share of the answers with the same ORDER BY and LIMIT.
-- feature aggregates_share share: Share of the answers with the same aggregates.
-- feature skeleton_share share: Share of the answers that are the same but for names and literals.
-- feature text_share share: Share of the answers that say the same in all of these.
-- feature tables_overlap share: Overlap of tables with the other answers.
-- feature columns_overlap share: Overlap of columns.
-- feature conditions_overlap share: Overlap of conditions.
-- feature projection_overlap share: Overlap of the SELECT lists.
WITH shaped AS (
    SELECT
        choice, candidate, tables, columns_named, projection, list_sort(projection) AS projection_set, conditions, grouping,
        ordering, "limit", aggregates, coalesce(skeleton, '') AS skeleton,
        count(*) OVER (PARTITION BY choice) AS n
    FROM choice_answers
),
-- Each pair of different texts is compared once, however many answers have them.
texts AS (
    SELECT choice, tables, columns_named, conditions, projection_set, count(*) AS answers FROM shaped GROUP BY ALL
),
alike AS (
    SELECT
        a.choice, a.tables, a.columns_named, a.conditions, a.projection_set,
        -- An answer is not compared with itself.
        sum(b.answers * overlap(a.tables, b.tables)) - 1 AS tables_overlap,
        sum(b.answers * overlap(a.columns_named, b.columns_named)) - 1 AS columns_overlap,
        sum(b.answers * overlap(a.conditions, b.conditions)) - 1 AS conditions_overlap,
        sum(b.answers * overlap(a.projection_set, b.projection_set)) - 1 AS projection_overlap
    FROM texts AS a
    JOIN texts AS b USING (choice)
    GROUP BY ALL
)
SELECT
    s.choice, s.candidate,
    count(*) OVER (PARTITION BY s.choice, s.tables) / s.n AS tables_share,
    count(*) OVER (PARTITION BY s.choice, s.projection) / s.n AS projection_share,
    count(*) OVER (PARTITION BY s.choice, s.projection_set) / s.n AS projection_set_share,
    count(*) OVER (PARTITION BY s.choice, s.conditions) / s.n AS conditions_share,
    count(*) OVER (PARTITION BY s.choice, s.grouping) / s.n AS grouping_share,
    count(*) OVER (PARTITION BY s.choice, s.ordering, s."limit") / s.n AS ordering_share,
    count(*) OVER (PARTITION BY s.choice, s.aggregates) / s.n AS aggregates_share,
    count(*) OVER (PARTITION BY s.choice, s.skeleton) / s.n AS skeleton_share,
    count(*) OVER (PARTITION BY s.choice, s.tables, s.projection, s.conditions, s.skeleton) / s.n AS text_share,
    coalesce(o.tables_overlap / nullif(s.n - 1, 0), 1) AS tables_overlap,
    coalesce(o.columns_overlap / nullif(s.n - 1, 0), 1) AS columns_overlap,
    coalesce(o.conditions_overlap / nullif(s.n - 1, 0), 1) AS conditions_overlap,
    coalesce(o.projection_overlap / nullif(s.n - 1, 0), 1) AS projection_overlap
FROM shaped AS s
JOIN alike AS o USING (choice, tables, columns_named, conditions, projection_set)
