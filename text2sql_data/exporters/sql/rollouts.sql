-- Everything that a run says of some questions, from $first to $last and in their order: part 0 is the question with its gold, part 1
-- its prompts, each once, part 2 its candidates by step and sample, part 3 its critiques. What the candidates did is staged as
-- `export_told`, the critiques as `export_critiques`.
WITH here AS (
    SELECT settings, engine FROM current_settings
),
mine AS (
    SELECT * FROM candidates WHERE run = $run AND position BETWEEN $first AND $last
),
told AS (
    SELECT * FROM export_told WHERE position BETWEEN $first AND $last
),
written AS (
    SELECT * FROM export_critiques WHERE position BETWEEN $first AND $last
),
parts AS (
    SELECT
        q.position, 0 AS part,
        {
            'position': q.position,
            'question_id': q.question_id,
            'db_id': q.db_id,
            'db_path': d.path,
            'question': q.question,
            'evidence': q.evidence,
            'gold_sql': g.sql,
            'gold_row_count': e.n_rows,
            'gold_error': CASE WHEN e.status <> 'ok' THEN coalesce(e.error, e.status) END
        } AS question
    FROM runs AS r
    JOIN questions AS q ON q.benchmark = r.benchmark AND q.revision = r.revision
    SEMI JOIN (SELECT position FROM mine) AS c ON c.position = q.position
    LEFT JOIN golds AS g
        ON g.benchmark = q.benchmark AND g.revision = q.revision AND g.position = q.position AND g.gold_revision = $gold_revision
    LEFT JOIN current_databases AS d ON d.benchmark = q.benchmark AND d.db_id = q.db_id
    LEFT JOIN executions AS e
        ON e.database = d.database AND e.sql_id = g.sql_id AND e.settings = (SELECT settings FROM here)
    WHERE r.run = $run
    UNION ALL BY NAME
    SELECT u.position, 1 AS part, {'prompt': p.prompt, 'text': p.text} AS prompt
    FROM (
        SELECT position, prompt FROM mine
        UNION
        SELECT position, prompt FROM written
    ) AS u
    JOIN prompts AS p ON p.prompt = u.prompt
    UNION ALL BY NAME
    SELECT
        c.position, 2 AS part, c.step, c.sample, c.stage,
        {
            'candidate': c.candidate,
            'sample': c.sample,
            'stage': c.stage,
            'step': c.step,
            'sql': c.sql,
            'completion': c.completion,
            'prompt': c.prompt,
            'parent': CASE WHEN p.candidate IS NOT NULL THEN {'sample': p.sample, 'stage': p.stage} END,
            'correct': t.correct,
            'reward': t.reward,
            'ok': t.ok,
            'error': t.error,
            'elapsed_ms': t.elapsed_ms,
            'row_count': t.row_count,
            'preview': CASE WHEN e.status = 'ok' THEN e.preview END,
            'cost': CASE WHEN o.sql_id IS NOT NULL THEN {
                'cost_reward': o.cost_reward,
                'full_scan': o.full_scan,
                'index_search': o.index_search,
                'temp_btree': o.temp_btree,
                'cartesian': o.cartesian,
                'multi_table': o.multi_table,
                'explain_error': o.explain_error
            } END,
            'generation': CASE
                WHEN c.sampling IS NOT NULL OR c.logprob IS NOT NULL OR c.tokens IS NOT NULL OR c.finish IS NOT NULL
                    OR c.saw_gold IS NOT NULL
                    THEN {
                        'sampling': c.sampling,
                        'logprob': c.logprob,
                        'tokens': c.tokens,
                        'finish': c.finish,
                        'saw_gold': c.saw_gold
                    }
            END
        } AS candidate
    FROM mine AS c
    JOIN told AS t ON t.candidate = c.candidate
    LEFT JOIN (SELECT candidate, sample, stage FROM mine) AS p ON p.candidate = c.parent
    LEFT JOIN executions AS e
        ON $previews AND e.database = t.database AND e.sql_id = t.sql_id AND e.settings = (SELECT settings FROM here)
    LEFT JOIN plan_costs AS o
        ON $costs AND o.database = t.database AND o.sql_id = t.sql_id AND o.engine = (SELECT engine FROM here)
    UNION ALL BY NAME
    SELECT
        position, 3 AS part, validator, ordinal,
        {
            'candidate': candidate,
            'validator': validator,
            'ordinal': ordinal,
            'text': text,
            'prompt': prompt,
            'logprob': logprob
        } AS critique
    FROM written
)
SELECT question, prompt, candidate, critique
FROM parts
ORDER BY position, part, step, sample, stage, validator, ordinal
