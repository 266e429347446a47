-- What the result of an answer looks like, from its preview and its number of rows.
-- feature executed flag: Whether the SQL executed.
-- feature failed_name flag: Whether it failed because of a table, column or function that is not there, or is ambiguous.
-- feature rows_log number: log2(1 + number of rows); NULL when it did not execute.
-- feature columns count: Columns of the result; NULL when it did not execute.
-- feature empty flag: Whether it gave no rows.
-- feature single_cell flag: Whether it gave one row of one column.
-- feature single_row flag: Whether it gave one row.
-- feature null_share share: Share of NULL among the cells that the preview shows; NULL when it shows none.
-- feature zero_share share: Share of zeros among them.
-- feature number_share share: Share of numbers among them.
-- feature constant_columns count: Columns with one and the same value in all of at least two rows that the preview shows.
-- feature repeated_rows flag: Whether the preview shows a row twice.
-- feature rows_by_median number: log2 of (1 + rows) less the median of the choice; NULL when it did not execute.
-- feature empty_others share: Share of the other answers that executed and gave no rows.
-- feature columns_by_mode number: Columns less those that most answers of the choice have, of several such numbers the least; NULL when it did not execute.
WITH cells AS (
    SELECT
        choice, candidate, result IS NOT NULL AS executed, error_class, n_rows, len(columns) AS n_columns,
        CASE WHEN result IS NOT NULL THEN from_json(preview, '[["JSON"]]') END AS shown
    FROM choice_answers
),
counted AS (
    SELECT
        *, flatten(shown) AS flat,
        len(list_distinct(shown)) AS different_rows,
        count_if(executed) OVER (PARTITION BY choice, n_columns) * 100000 - n_columns AS standing
    FROM cells
)
SELECT
    choice, candidate,
    executed::INTEGER AS executed,
    coalesce(error_class IN ('no_such_table', 'no_such_column', 'ambiguous_column', 'no_such_function'), false)::INTEGER AS failed_name,
    CASE WHEN executed THEN log2(1 + n_rows) END AS rows_log,
    CASE WHEN executed THEN n_columns END AS columns,
    (executed AND n_rows = 0)::INTEGER AS empty,
    (executed AND n_rows = 1 AND n_columns = 1)::INTEGER AS single_cell,
    (executed AND n_rows = 1)::INTEGER AS single_row,
    len(list_filter(flat, lambda cell: cell IS NULL)) / nullif(len(flat), 0) AS null_share,
    len(list_filter(flat, lambda cell: cell::VARCHAR IN ('0', '0.0'))) / nullif(len(flat), 0) AS zero_share,
    len(list_filter(flat, lambda cell: json_type(cell) IN ('UBIGINT', 'BIGINT', 'DOUBLE'))) / nullif(len(flat), 0) AS number_share,
    CASE
        WHEN len(shown) > 1 THEN len(list_filter(
            range(n_columns), lambda place: len(list_distinct(list_transform(shown, lambda line: coalesce(line[place + 1]::VARCHAR, 'null')))) = 1
        ))
        ELSE 0
    END AS constant_columns,
    coalesce(different_rows < len(shown), false)::INTEGER AS repeated_rows,
    CASE WHEN executed THEN log2(1 + n_rows) - median(log2(1 + n_rows)) FILTER (executed) OVER (PARTITION BY choice) END AS rows_by_median,
    (count_if(executed AND n_rows = 0) OVER (PARTITION BY choice) - (executed AND n_rows = 0)::INTEGER)
    / nullif(count_if(executed) OVER (PARTITION BY choice) - executed::INTEGER, 0) AS empty_others,
    CASE WHEN executed THEN n_columns - arg_max(n_columns, standing) FILTER (executed) OVER (PARTITION BY choice) END AS columns_by_mode
FROM counted
