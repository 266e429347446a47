-- The models of the lake that made the candidates of runs, as their configurations say: by reference, by the name under which a server has it, or by its folder. A run that replays another has the models of that one.
-- column run: Run.
-- column agent_model: Name of the model in the configuration of the run.
-- column model: Name of the model (see models).
-- column version: Version of the model.
WITH RECURSIVE named AS (
    SELECT run, unnest(map_entries(CASE WHEN json_type(config, '$.models') = 'OBJECT' THEN (config -> '$.models')::MAP(VARCHAR, JSON) END)) AS entry
    FROM runs
),
said AS (
    SELECT
        run, entry.key AS agent_model, entry.value ->> '$.client' AS client, entry.value ->> '$.run' AS replayed,
        coalesce(entry.value ->> '$.model', entry.value ->> '$.served') AS model, entry.value ->> '$.adapter' AS adapter,
        json_keys(entry.value, '$.lake_models') AS links
    FROM named
),
known AS (
    SELECT name, version, path, name || '@' || version AS ref FROM models WHERE kind <> 'feature_selector'
),
linked AS (
    SELECT s.run, s.agent_model, k.name AS model, k.version
    FROM said AS s
    JOIN known AS k ON
        list_contains(s.links, k.ref)
        OR (s.client = 'openai' AND s.model = k.ref)
        OR (s.client IN ('transformers', 'vllm') AND (s.model = k.path OR s.adapter = k.path))
    UNION
    SELECT s.run, s.agent_model, l.model, l.version
    FROM said AS s
    JOIN linked AS l ON s.client = 'replay' AND l.run = s.replayed
)
SELECT DISTINCT run, agent_model, model, version FROM linked
