-- How large the SQL of an answer is and what it uses, and how that differs from the mean of the choice.
-- A semicolon or a comment after the statement is no other statement.
-- feature parsed flag: Whether it could be parsed.
-- feature tables count: Tables that it reads.
-- feature joins count: Joins.
-- feature selects count: SELECTs.
-- feature projected count: Expressions of the outermost SELECT list.
-- feature conditions count: Conditions.
-- feature aggregates count: Aggregates.
-- feature groups count: Expressions of GROUP BY.
-- feature orders count: Expressions of ORDER BY.
-- feature limited flag: Whether it has a LIMIT.
-- feature limit_one flag: Whether that is 1.
-- feature has_distinct flag: Whether something is DISTINCT.
-- feature set_operations count: UNION, INTERSECT and EXCEPT.
-- feature ors count: ORs.
-- feature negations count: NOT and unequal.
-- feature likes count: LIKE and GLOB.
-- feature star flag: Whether it selects *.
-- feature outer_joins count: LEFT, RIGHT and FULL joins.
-- feature nodes_log number: log2(1 + nodes of its tree).
-- feature characters_log number: log2(1 + characters).
-- feature tables_more number: Tables less the mean of the choice.
-- feature joins_more number: Joins less the mean.
-- feature projected_more number: Expressions of the SELECT list less the mean.
-- feature conditions_more number: Conditions less the mean.
-- feature aggregates_more number: Aggregates less the mean.
-- feature groups_more number: Expressions of GROUP BY less the mean.
-- feature orders_more number: Expressions of ORDER BY less the mean.
-- feature distinct_more number: DISTINCT less the share of the choice.
-- feature limited_more number: LIMIT less the share of the choice.
-- feature set_operations_more number: Set operations less the mean.
-- feature negations_more number: Negations less the mean.
-- feature nodes_more number: log2(1 + nodes) less the mean.
WITH measured AS (
    SELECT
        choice, candidate, parsed::INTEGER AS parsed, len(tables) AS tables, joins, selects, len(projection) AS projected,
        len(conditions) AS conditions, len(aggregates) AS aggregates, len(grouping) AS groups, len(ordering) AS orders,
        ("limit" IS NOT NULL)::INTEGER AS limited, coalesce("limit" = 1, false)::INTEGER AS limit_one, "distinct"::INTEGER AS has_distinct,
        set_operations, ors, negations, likes, star::INTEGER AS star, outer_joins, log2(1 + nodes) AS nodes_log,
        log2(1 + characters) AS characters_log
    FROM choice_answers
)
SELECT
    *,
    tables - avg(tables) OVER w AS tables_more,
    joins - avg(joins) OVER w AS joins_more,
    projected - avg(projected) OVER w AS projected_more,
    conditions - avg(conditions) OVER w AS conditions_more,
    aggregates - avg(aggregates) OVER w AS aggregates_more,
    groups - avg(groups) OVER w AS groups_more,
    orders - avg(orders) OVER w AS orders_more,
    has_distinct - avg(has_distinct) OVER w AS distinct_more,
    limited - avg(limited) OVER w AS limited_more,
    set_operations - avg(set_operations) OVER w AS set_operations_more,
    negations - avg(negations) OVER w AS negations_more,
    nodes_log - avg(nodes_log) OVER w AS nodes_more
FROM measured
WINDOW w AS (PARTITION BY choice)
