-- Every pair with its measures: margin, executability of both sides by our own execution (or, where there is none, by what the source says), and how their results relate.
-- reads: current_settings, current_databases
-- column pair_set: Set that the pair belongs to.
-- column pair: Identity of the pair.
-- column type: Type of the pair.
-- column origin: natural, gold or synthetic.
-- column agent: Whose answer it is.
-- column benchmark: Benchmark of the question.
-- column revision: Revision of the benchmark.
-- column position: Position of the question.
-- column db_id: Database of the question.
-- column run: Run that both sides come from.
-- column prompt: Prompt that both sides answer.
-- column chosen: The preferred SQL or critique.
-- column rejected: The SQL or critique that it is preferred to.
-- column chosen_sql: SQL that the chosen side stands for.
-- column rejected_sql: SQL that the rejected side stands for.
-- column chosen_reward: Reward of the chosen side.
-- column rejected_reward: Reward of the rejected side.
-- column margin: Reward of the chosen side less that of the rejected one.
-- column edit_ratio: Token edit distance by the length of the longer side, from 0 to 1.
-- column word_edit_ratio: The same over the tokens of published pair reports.
-- column chosen_length: Characters of the chosen text.
-- column rejected_length: Characters of the rejected text.
-- column length_difference: Characters of the chosen text less those of the rejected one.
-- column length_ratio: Length of the longer text by that of the shorter one, at least 1.
-- column database: Content of the database, NULL when there is none.
-- column chosen_status: What the chosen SQL did under the current settings; NULL when it was not executed.
-- column rejected_status: What the rejected SQL did.
-- column chosen_executes: Whether the chosen SQL executes; NULL when that is not known.
-- column rejected_executes: Whether the rejected SQL executes; NULL when that is not known.
-- column hard_negative: Whether the rejected SQL executes and is wrong (its reward is below 1, and it is not the dearer of two correct ones); NULL when that is not known.
-- column chosen_result: Digest of the chosen result as a set of rows.
-- column rejected_result: Digest of the rejected result as a set of rows.
-- column result_relation: same, different or failed (the rejected SQL has no result); NULL when one was not executed.
SELECT
    p.pair_set, p.pair, p.type, p.origin, p.agent, p.benchmark, p.revision, p.position, p.db_id, p.run, p.prompt,
    p.chosen, p.rejected, p.chosen_sql, p.rejected_sql, p.chosen_reward, p.rejected_reward,
    p.chosen_reward - p.rejected_reward AS margin,
    p.edit_ratio,
    p.word_edit_ratio,
    length(p.chosen) AS chosen_length,
    length(p.rejected) AS rejected_length,
    length(p.chosen) - length(p.rejected) AS length_difference,
    greatest(length(p.chosen), length(p.rejected)) / greatest(least(length(p.chosen), length(p.rejected)), 1) AS length_ratio,
    d.database,
    c.status AS chosen_status,
    r.status AS rejected_status,
    coalesce(c.status = 'ok', p.chosen_claimed_ok) AS chosen_executes,
    coalesce(r.status = 'ok', p.rejected_claimed_ok) AS rejected_executes,
    coalesce(r.status = 'ok', p.rejected_claimed_ok) AND p.rejected_reward < 1
        AND p.type <> 'correct_low_cost_vs_correct_high_cost' AS hard_negative,
    c.set_digest AS chosen_result,
    r.set_digest AS rejected_result,
    CASE
        WHEN c.status = 'ok' AND r.status = 'ok' THEN CASE WHEN c.set_digest = r.set_digest THEN 'same' ELSE 'different' END
        WHEN r.status <> 'ok' THEN 'failed'
    END AS result_relation
FROM pairs AS p
LEFT JOIN current_databases AS d ON d.benchmark = p.benchmark AND d.db_id = p.db_id
LEFT JOIN (SELECT * FROM executions WHERE settings = (SELECT settings FROM current_settings)) AS c
    ON c.database = d.database AND c.sql_id = substr(sha256(p.chosen_sql), 1, 32)::UUID
LEFT JOIN (SELECT * FROM executions WHERE settings = (SELECT settings FROM current_settings)) AS r
    ON r.database = d.database AND r.sql_id = substr(sha256(p.rejected_sql), 1, 32)::UUID
