-- The rows of the dataset, in the order of the draw within each split.
SELECT
    split,
    row,
    row_number() OVER (PARTITION BY split ORDER BY draw, row) - 1 AS place,
    benchmark, revision, position, db_id,
    sources::JSON AS sources,
    -- The one key that waits for the split is extra_info.split of verl; in a text a quote would be escaped.
    replace(content, '"split":null', '"split":"' || split || '"')::JSON AS content
FROM divided_rows
