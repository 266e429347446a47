-- The rows that two versions of a dataset do not have in common: added, removed, or there in both with a difference.
-- A row is the same one where its identity is; one that is in another split has moved there. Its place is no difference.
WITH answers AS (
    SELECT
        '"verdict":\s*(null|"[^"]*")' AS verdict,
        ['answer', 'chosen', 'completion', 'gold_sql', 'label', 'margin', 'rejected', 'reward_model'] AS names
),
in_both AS (
    SELECT b.row, b.split AS split_before, a.split AS split_after
    FROM rows_before AS b
    JOIN rows_after AS a ON a.row = b.row AND a.split = b.split
    WHERE
        a.digest <> b.digest
        OR (a.sources::VARCHAR, a.benchmark, a.revision, a.position, a.db_id)
            IS DISTINCT FROM (b.sources::VARCHAR, b.benchmark, b.revision, b.position, b.db_id)
),
gone AS (
    SELECT row, split, row_number() OVER (PARTITION BY row ORDER BY split) AS nth
    FROM rows_before ANTI JOIN rows_after USING (row, split)
),
come AS (
    SELECT row, split, row_number() OVER (PARTITION BY row ORDER BY split) AS nth
    FROM rows_after ANTI JOIN rows_before USING (row, split)
),
differing AS (
    FROM in_both
    UNION ALL
    SELECT coalesce(g.row, c.row), g.split, c.split
    FROM gone AS g
    FULL JOIN come AS c ON c.row = g.row AND c.nth = g.nth
),
compared AS (
    SELECT
        d.*, b.content AS content_before, a.content AS content_after, b.sources AS sources_before, a.sources AS sources_after,
        coalesce(a.benchmark, b.benchmark) AS benchmark, coalesce(a.revision, b.revision) AS revision,
        coalesce(a.position, b.position) AS position, coalesce(a.db_id, b.db_id) AS db_id,
        json_extract(a.sources, '$..verdict')::VARCHAR IS DISTINCT FROM json_extract(b.sources, '$..verdict')::VARCHAR AS judged_anew,
        (regexp_replace(a.sources::VARCHAR, verdict, '', 'g'), a.benchmark, a.revision, a.position, a.db_id)
            IS DISTINCT FROM (regexp_replace(b.sources::VARCHAR, verdict, '', 'g'), b.benchmark, b.revision, b.position, b.db_id) AS made_anew,
        list_sort(
            list_filter(
                list_distinct(list_concat(json_keys(b.content), json_keys(a.content))),
                lambda name: json_extract(b.content, '$."' || name || '"')::VARCHAR
                    IS DISTINCT FROM json_extract(a.content, '$."' || name || '"')::VARCHAR
            )
        ) AS fields
    FROM differing AS d
    CROSS JOIN answers
    LEFT JOIN rows_before AS b ON b.row = d.row AND b.split = d.split_before
    LEFT JOIN rows_after AS a ON a.row = d.row AND a.split = d.split_after
)
SELECT
    row, split_before, split_after, benchmark, revision, position, db_id,
    CASE WHEN split_before IS NULL OR split_after IS NULL THEN [] ELSE fields END AS fields,
    CASE
        WHEN split_before IS NULL THEN ['added']
        WHEN split_after IS NULL THEN ['removed']
        ELSE list_filter(
            [
                CASE WHEN split_before <> split_after THEN 'moved' END,
                CASE WHEN judged_anew OR list_has_any(fields, names) THEN 'relabelled' END,
                CASE WHEN list_contains(fields, 'prompt') THEN 're_rendered' END,
                CASE WHEN NOT list_has_all(list_append(names, 'prompt'), fields) THEN 'other_columns' END,
                CASE WHEN made_anew THEN 'other_sources' END
            ],
            lambda change: change IS NOT NULL
        )
    END AS changes,
    content_before, content_after, sources_before, sources_after
FROM compared, answers
