-- The questions that a rollout asks: of the current revision of its benchmark, those that were asked for.
SELECT q.position, q.question_id, q.db_id, q.question, q.evidence, q.revision
FROM questions AS q
JOIN current_benchmarks AS b ON b.benchmark = q.benchmark AND b.revision = q.revision
WHERE
    q.benchmark = $benchmark
    AND ($questions IS NULL OR list_contains($questions::VARCHAR[], coalesce(q.question_id, q.position::VARCHAR)))
    AND q.position % $shards = $shard
ORDER BY q.position
