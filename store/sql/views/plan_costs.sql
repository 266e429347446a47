-- What the query plan of a SQL says about its cost: how often it reads a whole table, searches an index or sorts, and the reward for that (see docs/pairs.md).
-- like: plans
-- column accesses: Lines of the plan that read a table: SCAN or SEARCH.
-- column full_scan: Scans that use no index.
-- column index_search: Searches in an index.
-- column temp_btree: Sorts and groupings in a temporary b-tree.
-- column cartesian: Lines that speak of a Cartesian product; SQLite writes none.
-- column multi_table: Accesses, where there are at least three; else 0.
-- column explain_error: 1 when there is no plan; else 0.
-- column cost_reward: -0.06 a full scan, +0.025 an index search, -0.04 a temporary b-tree, -0.10 a Cartesian product, -0.015 an access beyond two but at most -0.06; within -0.25 and 0.10. -0.10 without a plan.
WITH lines AS (
    SELECT
        *,
        coalesce(list_transform(steps, lambda step: upper(trim(step))), []) AS line
    FROM plans
),
counted AS (
    SELECT
        *,
        len(list_filter(line, lambda step: starts_with(step, 'SCAN ') OR starts_with(step, 'SEARCH '))) AS accesses,
        len(
            list_filter(
                line,
                lambda step: starts_with(step, 'SCAN ') AND NOT (contains(step, ' USING INDEX ') OR contains(step, ' USING COVERING INDEX '))
            )
        ) AS full_scan,
        len(
            list_filter(
                line,
                lambda step: starts_with(step, 'SEARCH ') AND (contains(step, ' USING INDEX ') OR contains(step, ' USING COVERING INDEX '))
            )
        ) AS index_search,
        len(list_filter(line, lambda step: starts_with(step, 'USE TEMP B-TREE'))) AS temp_btree,
        len(list_filter(line, lambda step: contains(step, 'CARTESIAN'))) AS cartesian
    FROM lines
)
SELECT
    database, sql_id, engine, steps, error,
    accesses, full_scan, index_search, temp_btree, cartesian,
    CASE WHEN accesses >= 3 THEN accesses ELSE 0 END AS multi_table,
    CASE WHEN steps IS NULL THEN 1 ELSE 0 END AS explain_error,
    CASE
        WHEN steps IS NULL THEN -0.10
        ELSE
            round(
                greatest(
                    -0.25,
                    least(
                        0.10,
                        0.025 * index_search - 0.06 * full_scan - 0.04 * temp_btree - 0.10 * cartesian
                        - CASE WHEN accesses >= 3 THEN least(0.06, 0.015 * (accesses - 2)) ELSE 0 END
                    )
                ),
                4
            )
    END::DOUBLE AS cost_reward
FROM counted
