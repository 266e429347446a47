-- How the results of the answers of a choice agree. Equal results are equal sets of rows; SQL that failed agrees with nothing.
-- feature result_share share: Share of the answers with the same result.
-- feature result_rank rank: Rank of the result by its answers, from 1 for the most; results with equally many have the same rank.
-- feature result_lead number: Its answers less those of the largest other result, over all answers.
-- feature results count: Different results of the choice.
-- feature answered_share share: Share of the answers that executed.
-- feature result_entropy number: Entropy of the results of the choice, in bits; each failed SQL is a result of its own.
-- feature columns_share share: Share of the answers whose results have as many columns.
-- feature rows_share share: Share of the answers whose results have as many rows.
-- feature column_names_share share: Share of the answers whose results have the same column names.
-- feature same_size_lead number: Share of the answers with as many rows and columns, less the share with the same result.
WITH sized AS (
    SELECT
        choice, candidate, result, votes, n_rows, len(columns) AS n_columns, lower(columns::VARCHAR) AS names,
        coalesce(result::VARCHAR, 'failed ' || sample) AS standing_for,
        count(*) OVER (PARTITION BY choice) AS n,
        result IS NOT NULL AS executed
    FROM choice_answers
),
groups AS (
    SELECT choice, standing_for, max(votes) AS votes, count(*) AS answers, any_value(n) AS n
    FROM sized GROUP BY choice, standing_for
),
ranked AS (
    SELECT
        choice, standing_for,
        rank() OVER (PARTITION BY choice ORDER BY votes DESC) AS rank,
        -- The largest of the others: the largest, or the second where this one is it.
        CASE
            WHEN row_number() OVER (PARTITION BY choice ORDER BY votes DESC, standing_for) = 1
                THEN coalesce(nth_value(votes, 2) OVER (PARTITION BY choice ORDER BY votes DESC, standing_for ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING), 0)
            ELSE max(votes) OVER (PARTITION BY choice)
        END AS largest_other
    FROM groups
),
spread AS (
    SELECT choice, count(*) AS results, -sum(answers / n * log2(answers / n)) AS entropy
    FROM groups GROUP BY choice
)
SELECT
    s.choice, s.candidate,
    s.votes / s.n AS result_share,
    r.rank AS result_rank,
    (s.votes - r.largest_other) / s.n AS result_lead,
    p.results,
    count_if(s.executed) OVER (PARTITION BY s.choice) / s.n AS answered_share,
    p.entropy AS result_entropy,
    CASE WHEN s.executed THEN count(*) OVER (PARTITION BY s.choice, s.executed, s.n_columns) / s.n ELSE 0 END AS columns_share,
    CASE WHEN s.executed THEN count(*) OVER (PARTITION BY s.choice, s.executed, s.n_rows) / s.n ELSE 0 END AS rows_share,
    CASE WHEN s.executed THEN count(*) OVER (PARTITION BY s.choice, s.executed, s.names) / s.n ELSE 0 END AS column_names_share,
    CASE WHEN s.executed THEN (count(*) OVER (PARTITION BY s.choice, s.executed, s.n_rows, s.n_columns) - s.votes) / s.n ELSE 0 END AS same_size_lead
FROM sized AS s
JOIN ranked AS r USING (choice, standing_for)
JOIN spread AS p USING (choice)
