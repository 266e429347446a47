-- The pairs that are shown: of each version and type those that a seeded order puts first. A pair that several versions have is shown once.
-- What was executed is narrowed to the SQL of these pairs before the joins, which would hold every preview in memory otherwise.
WITH drawn AS MATERIALIZED (
    SELECT version, pair_set, pair, type, substr(sha256($seed || ' ' || pair::VARCHAR), 1, 16) AS lot
    FROM report_pairs
    QUALIFY row_number() OVER (PARTITION BY version, type ORDER BY lot, pair, pair_set) <= $most
),
held AS (
    SELECT pair, type, lot, arg_min(pair_set, version) AS pair_set FROM drawn GROUP BY ALL
),
holders AS (
    SELECT pair, list(DISTINCT version ORDER BY version) AS versions
    FROM report_pairs
    WHERE pair IN (SELECT pair FROM drawn)
    GROUP BY pair
),
shown AS MATERIALIZED (
    SELECT h.lot, p.*
    FROM held AS h
    JOIN pairs AS p ON p.pair_set = h.pair_set AND p.pair = h.pair
),
done AS MATERIALIZED (
    SELECT database, sql_id, status, error, n_rows, columns, preview
    FROM executions
    WHERE
        settings = (SELECT settings FROM current_settings)
        AND sql_id IN (
            SELECT substr(sha256(chosen_sql), 1, 32)::UUID FROM shown
            UNION ALL
            SELECT substr(sha256(rejected_sql), 1, 32)::UUID FROM shown
        )
)
SELECT
    p.pair, p.type, p.pair_set, p.agent, p.origin, p.db_id, p.run, p.position, q.question, q.evidence,
    pr.text AS prompt, rp.text AS rejected_prompt,
    p.chosen, p.rejected, p.chosen_sql, p.rejected_sql, p.chosen_reward, p.rejected_reward, p.chosen_step, p.rejected_step,
    p.edit_ratio, p.word_edit_ratio, o.versions,
    c.status AS chosen_status, c.error AS chosen_error, c.n_rows AS chosen_rows, c.columns AS chosen_columns, c.preview AS chosen_preview,
    r.status AS rejected_status, r.error AS rejected_error, r.n_rows AS rejected_rows, r.columns AS rejected_columns,
    r.preview AS rejected_preview
FROM shown AS p
JOIN holders AS o ON o.pair = p.pair
LEFT JOIN questions AS q ON q.benchmark = p.benchmark AND q.revision = p.revision AND q.position = p.position
LEFT JOIN prompts AS pr ON pr.prompt = p.prompt
LEFT JOIN prompts AS rp ON rp.prompt = p.rejected_prompt
LEFT JOIN current_databases AS d ON d.benchmark = p.benchmark AND d.db_id = p.db_id
LEFT JOIN done AS c ON c.database = d.database AND c.sql_id = substr(sha256(p.chosen_sql), 1, 32)::UUID
LEFT JOIN done AS r ON r.database = d.database AND r.sql_id = substr(sha256(p.rejected_sql), 1, 32)::UUID
ORDER BY p.type, p.lot, p.pair
