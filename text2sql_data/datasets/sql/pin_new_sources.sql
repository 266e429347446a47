-- Rows that a dataset did not have at an earlier snapshot, of which something that they were made from was not there yet.
WITH made_from AS (
    SELECT row, benchmark, revision, position, 'pair' AS what, json_extract_string(sources, '$..pair') AS ids FROM asked_rows
    UNION ALL
    SELECT row, benchmark, revision, position, 'critique', list_concat(
        json_extract_string(sources, '$..critique'),
        json_extract_string(sources, '$..chosen_critique'), json_extract_string(sources, '$..rejected_critique')
    )
    FROM asked_rows
    UNION ALL
    SELECT row, benchmark, revision, position, 'candidate', list_concat(
        json_extract_string(sources, '$..candidate'),
        json_extract_string(sources, '$..chosen_candidate'), json_extract_string(sources, '$..rejected_candidate')
    )
    FROM asked_rows
),
named AS (
    SELECT row, benchmark, revision, position, what, try_cast(unnest(ids) AS UUID) AS id FROM made_from
),
missing AS (
    SELECT row, 2 AS rank, 'new_candidate' AS reason FROM named ANTI JOIN candidates ON candidate = id WHERE what = 'candidate' AND id IS NOT NULL
    UNION ALL
    SELECT row, 3, 'new_critique' FROM named ANTI JOIN critiques ON critique = id WHERE what = 'critique' AND id IS NOT NULL
    UNION ALL
    SELECT row, 4, 'new_pair' FROM named ANTI JOIN (SELECT DISTINCT pair FROM pairs) AS p ON p.pair = id WHERE what = 'pair' AND id IS NOT NULL
    UNION ALL
    SELECT row, 5, 'new_label' FROM named ANTI JOIN labels ON labels.candidate = id WHERE what = 'candidate' AND id IS NOT NULL
    UNION ALL
    SELECT a.row, 1, 'new_question'
    FROM asked_rows AS a
    ANTI JOIN questions AS q ON q.benchmark = a.benchmark AND q.revision = a.revision AND q.position = a.position
    WHERE a.benchmark IS NOT NULL AND a.position IS NOT NULL
)
SELECT row, arg_min(reason, rank) AS reason FROM missing GROUP BY row
