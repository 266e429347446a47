-- Why each row of pin_changes is in one version only or differs, as far as it can be known.
SELECT
    c.* EXCLUDE (content_before, content_after, sources_before, sources_after),
    c.content_before::VARCHAR AS content_before,
    c.content_after::VARCHAR AS content_after,
    c.sources_before::VARCHAR AS sources_before,
    c.sources_after::VARCHAR AS sources_after,
    json_extract(c.sources_before, '$..verdict')::VARCHAR AS verdict_before,
    json_extract(c.sources_after, '$..verdict')::VARCHAR AS verdict_after,
    CASE
        WHEN c.changes = ['added'] AND db.reason IS NOT NULL THEN 'no_longer_left_out: ' || db.reason
        WHEN c.changes = ['removed'] AND da.reason IS NOT NULL THEN 'left_out: ' || da.reason
        WHEN n.reason IS NOT NULL THEN n.reason
        WHEN $recipe_differs THEN 'recipe'
        WHEN c.changes = ['re_rendered'] AND $templates_differ THEN 'template'
        WHEN $snapshot_differs THEN 'lake'
        WHEN $code_differs THEN 'code'
        ELSE 'unknown'
    END AS reason,
    coalesce(CASE WHEN c.changes = ['added'] THEN db.detail WHEN c.changes = ['removed'] THEN da.detail END, '') AS detail
FROM pin_changes AS c
LEFT JOIN drops_before AS db ON db.row = c.row
LEFT JOIN drops_after AS da ON da.row = c.row
LEFT JOIN new_sources AS n ON n.row = c.row AND c.changes = ['added']
