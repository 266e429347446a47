-- What mining gave, by set, run and agent: pairs by the number of questions that were looked at, and why the other questions have none.
-- column pair_set: Set that was mined.
-- column mode: How: natural, independent, collab, ... (see pair_sets.parameters).
-- column run: Run that was mined.
-- column agent: Whose answers: sql, planner, select, condition, join, order or fixer.
-- column questions: Questions that were looked at.
-- column with_pair: Those with a pair at least.
-- column without_pair: Those without.
-- column pairs: Pairs.
-- column pairs_per_question: pairs / questions.
-- column reasons: Why questions have no pair: how many by reason.
-- column types: Pairs by type.
WITH why AS (
    SELECT pair_set, run, agent, map_from_entries(list((reason, n) ORDER BY n DESC, reason)) AS reasons
    FROM (
        SELECT pair_set, run, agent, coalesce(reason, 'not_said') AS reason, count(*) AS n
        FROM pair_yields
        WHERE pairs = 0
        GROUP BY ALL
    )
    GROUP BY ALL
),
typed AS (
    SELECT pair_set, run, agent, map_from_entries(list((type, n) ORDER BY n DESC, type)) AS types
    FROM (SELECT pair_set, run, agent, type, count(*) AS n FROM pairs GROUP BY ALL)
    GROUP BY ALL
)
SELECT
    y.pair_set,
    any_value(s.parameters ->> 'mode') AS mode,
    y.run,
    y.agent,
    count(*) AS questions,
    count_if(y.pairs > 0) AS with_pair,
    count_if(y.pairs = 0) AS without_pair,
    sum(y.pairs)::BIGINT AS pairs,
    sum(y.pairs) / count(*) AS pairs_per_question,
    coalesce(any_value(w.reasons), MAP {}) AS reasons,
    coalesce(any_value(t.types), MAP {}) AS types
FROM pair_yields AS y
LEFT JOIN pair_sets AS s ON s.pair_set = y.pair_set
LEFT JOIN why AS w ON w.pair_set = y.pair_set AND w.run = y.run AND w.agent = y.agent
LEFT JOIN typed AS t ON t.pair_set = y.pair_set AND t.run = y.run AND t.agent = y.agent
GROUP BY y.pair_set, y.run, y.agent
