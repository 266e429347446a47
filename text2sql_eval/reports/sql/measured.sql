-- What a report needs of each pair: its measures, and a key by which equal pairs are found whatever type they have.
SELECT
    m.version, p.pair_set, p.pair, p.type, p.origin, p.agent, p.benchmark, p.revision, p.position, p.db_id, p.run,
    p.margin, p.edit_ratio, p.word_edit_ratio, p.chosen_length, p.rejected_length, p.length_difference,
    p.chosen_status, p.rejected_status, p.chosen_executes, p.rejected_executes, p.hard_negative,
    p.chosen_result, p.rejected_result, p.result_relation,
    md5_number(concat_ws(chr(10), coalesce(p.db_id, ''), coalesce(p.prompt::VARCHAR, ''), length(p.chosen), p.chosen, p.rejected)) AS text_key
FROM report_members AS m
JOIN pair_measures AS p USING (pair_set, pair)
