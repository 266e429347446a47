-- The questions on which some answer moved, with the gold of both sides, and the answers with what is known of each.
SELECT
    m.benchmark, m.revision, m.position, q.question_id, m.db_id, q.question,
    any_value(f.sql) AS gold_from,
    any_value(t.sql) AS gold_to,
    coalesce(any_value(f.sql) <> any_value(t.sql), false) AS gold_changed,
    count(*) FILTER (m.change = 'to_wrong') AS to_wrong,
    count(*) FILTER (m.change = 'to_correct') AS to_correct,
    count(*) FILTER (m.change = 'excluded') AS excluded,
    count(*) FILTER (m.change = 'counted') AS counted,
    list({
        'run': m.run, 'change': m.change, 'reason_from': m.reason_from, 'reason_to': m.reason_to,
        'candidate_from': m.candidate_from::VARCHAR, 'candidate_to': m.candidate_to::VARCHAR,
        'sql': CASE WHEN m.change IN ('to_wrong', 'to_correct') THEN c.sql END
    } ORDER BY m.run) AS answers
FROM drift_moved AS m
JOIN lake.questions AS q USING (benchmark, revision, position)
LEFT JOIN lake.golds AS f
    ON f.benchmark = m.benchmark AND f.revision = m.revision AND f.position = m.position AND f.gold_revision = $from_revision
LEFT JOIN lake.golds AS t
    ON t.benchmark = m.benchmark AND t.revision = m.revision AND t.position = m.position AND t.gold_revision = $to_revision
LEFT JOIN lake.candidates AS c ON c.candidate = m.candidate_to
GROUP BY m.benchmark, m.revision, m.position, q.question_id, m.db_id, q.question
ORDER BY m.benchmark, m.revision, to_wrong + to_correct DESC, excluded + counted DESC, m.position
