"""Rollouts from their configuration to the lake: every pipeline with recorded completions, stopped, continued and divided."""

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import msgspec
import pytest

import store
from text2sql_data.benchmarks import read
from text2sql_data.benchmarks.adding import add_benchmark
from text2sql_data.comparators import comparator
from text2sql_data.comparators.labelling import label
from text2sql_data.demo import build
from text2sql_data.execution import executing
from text2sql_data.execution.limits import Limits
from text2sql_data.exporters.exporting import export_run
from text2sql_data.importers import mats
from text2sql_data.importers.importing import Source, import_runs
from text2sql_data.lookups import QuestionNotFoundError
from text2sql_data.pairs.mining import mine
from text2sql_data.pairs.options import Options
from text2sql_data.rollouts import agents
from text2sql_data.rollouts.beginning import RunExistsError
from text2sql_data.rollouts.config import PIPELINES, Config
from text2sql_data.rollouts.questions import Only
from text2sql_data.rollouts.running import Rolled, run

_spec = spec_from_file_location("recorded", Path(__file__).with_name("recorded.py"))
assert _spec is not None
assert _spec.loader is not None
recorded = module_from_spec(_spec)
_spec.loader.exec_module(recorded)


def configured(pipeline: str, **fields: object) -> Config:
    """A configuration of a pipeline over the demo."""
    value = {"pipeline": pipeline, "benchmark": "demo", "run": "r", **fields}
    return msgspec.convert(value, PIPELINES[pipeline])


def replay(path: Path) -> dict[str, Any]:
    """Models: one, that gives a recording again."""
    return {"recorded": {"client": "replay", "file": str(path)}}


def go_on(lake: store.Lake, config: Config, *, only: Only = Only(), dry_run: bool = False) -> Rolled:  # noqa: B008 - immutable
    """One start."""
    return run(lake, config, processes=1, only=only, dry_run=dry_run)


ONE_SHOT = {"samples": [{"n": 3, "temperature": 0.8}, {"n": 2, "temperature": 1.2, "top_p": 0.9}]}


def test_one_shot(demo_benchmark: Path, demo_lake: store.Lake, tmp_path: Path) -> None:
    """Every sample is a candidate with its prompt, completion, sampling, logprob and execution; prose has none."""
    path = recorded.write(tmp_path / "recording.jsonl", recorded.lines(demo_benchmark / "demo", {"answer": 5}))
    config = configured("one_shot", models=replay(path), agent=ONE_SHOT)
    done = go_on(demo_lake, config)
    assert (done.questions, done.missing, done.added["candidates"], done.failures) == (72, {"answer": 360}, 360, {})
    rows = demo_lake.sql(
        "SELECT sample, sampling ->> 'temperature', sampling ->> 'top_p', count(DISTINCT position), min(logprob), max(saw_gold)"
        " FROM candidates GROUP BY ALL ORDER BY sample"
    ).fetchall()
    heats = [("0.8", "1.0")] * 3 + [("1.2", "0.9")] * 2
    assert rows == [(sample, *heat, 72, -0.75, False) for sample, heat in enumerate(heats)]
    texts = demo_lake.sql("SELECT c.position, p.text, c.sql, c.completion FROM candidates AS c JOIN prompts AS p USING (prompt)")
    golds = [(question["question"], question["SQL"]) for question in recorded.questions(demo_benchmark / "demo")]
    for position, prompt, sql, completion in texts.fetchall():
        assert golds[position][0] in prompt
        assert golds[position][1] not in prompt
        assert (sql is None) == completion.startswith("I cannot")
        assert sql is None or sql in completion
    statuses = dict(demo_lake.sql("SELECT status, count(*) FROM candidate_results GROUP BY status").fetchall())
    assert statuses.keys() == {"ok", "error", "no_sql"}
    assert sum(statuses.values()) == 360
    assert demo_lake.check() == []
    version = demo_lake.version
    again = go_on(demo_lake, config)
    assert (again.missing, again.added, demo_lake.version) == ({}, {}, version)


def test_what_was_not_recorded_is_asked_for_by_the_next_start(
    demo_benchmark: Path, demo_lake: store.Lake, tmp_path: Path
) -> None:
    """A run that ends half-way is completed by the same command, with nothing twice, and equals one that was never stopped."""
    whole = list(recorded.lines(demo_benchmark / "demo", {"answer": 5}))
    path = tmp_path / "recording.jsonl"
    config = configured("one_shot", models=replay(path), agent=ONE_SHOT)
    for part in (whole[:101], whole[:230], whole):
        recorded.write(path, iter(part))
        done = go_on(demo_lake, config)
        assert done.unrecorded == 360 - len(part)
        assert demo_lake.sql("SELECT count(*), count(DISTINCT candidate) FROM candidates").fetchall() == [(len(part),) * 2]
    demo_lake_rows = "SELECT * EXCLUDE (run, candidate) FROM candidates WHERE run = '{}' ORDER BY position, sample"
    go_on(demo_lake, configured("one_shot", models=replay(path), agent=ONE_SHOT, run="s"))
    both = [demo_lake.sql(demo_lake_rows.format(name)).fetchall() for name in "rs"]
    assert both[0] == both[1]
    unrecorded = demo_lake.sql("SELECT DISTINCT ok, error_kind FROM calls WHERE NOT ok").fetchall()
    assert unrecorded == [(False, "not_recorded")]


def test_parts_add_up(demo_benchmark: Path, demo_lake: store.Lake, tmp_path: Path) -> None:
    """Shards are disjoint and together the whole; --limit and --questions take what they say; an unknown id is an error."""
    path = recorded.write(tmp_path / "recording.jsonl", recorded.lines(demo_benchmark / "demo", {"answer": 5}))
    config = configured("one_shot", models=replay(path), agent=ONE_SHOT)
    assert go_on(demo_lake, config, only=Only(limit=3)).added["candidates"] == 15
    assert go_on(demo_lake, config, only=Only(questions=("1", "7"))).added["candidates"] == 5  # question 1 was there
    assert go_on(demo_lake, config, only=Only(shard=(0, 3))).questions == 24
    rest = [go_on(demo_lake, config, only=Only(shard=(i, 3))).added["candidates"] for i in (1, 2)]
    assert sum(rest) == 360 - 24 * 5 - 3 * 5
    assert demo_lake.sql("SELECT count(*) FROM candidates").fetchall() == [(360,)]
    with pytest.raises(QuestionNotFoundError, match="no question nowhere") as caught:
        go_on(demo_lake, config, only=Only(questions=("nowhere",)))
    assert caught.value.hint
    assert go_on(demo_lake, config, only=Only(limit=2), dry_run=True).missing == {}


def test_another_configuration_is_another_run(demo_benchmark: Path, demo_lake: store.Lake, tmp_path: Path) -> None:
    """What changes completions may not change within a run, and the error says what did; a run without a name gets its own."""
    path = recorded.write(tmp_path / "recording.jsonl", recorded.lines(demo_benchmark / "demo", {"answer": 5}))
    first = configured("one_shot", models=replay(path), agent=ONE_SHOT)
    go_on(demo_lake, first, only=Only(limit=1))
    with pytest.raises(RunExistsError, match=r"agent\.max_tokens was 512 and is 100") as caught:
        go_on(demo_lake, configured("one_shot", models=replay(path), agent={**ONE_SHOT, "max_tokens": 100}))
    assert "another name" in caught.value.hint
    go_on(demo_lake, configured("one_shot", models=replay(path), agent=ONE_SHOT, prices={"recorded": {"prompt": 1}}))
    names = {
        go_on(demo_lake, configured("one_shot", models=replay(path), agent=ONE_SHOT, run=None, seed=seed), only=Only(limit=1)).run
        for seed in (1, 2, 2)
    }
    assert len(names) == 2
    assert all(name.startswith("one_shot-demo-") for name in names)


def test_each_sample_has_a_seed_of_its_own(demo_benchmark: Path, demo_lake: store.Lake, tmp_path: Path) -> None:
    """With a seed every sample is drawn with another one, and always the same for the same place."""
    path = recorded.write(tmp_path / "recording.jsonl", recorded.lines(demo_benchmark / "demo", {"answer": 5}))
    for name, only in (("a", Only()), ("b", Only(shard=(1, 2)))):
        go_on(demo_lake, configured("one_shot", models=replay(path), agent=ONE_SHOT, seed=7, run=name), only=only)
    seeds = demo_lake.sql("SELECT position, sample, (sampling ->> 'seed')::BIGINT FROM candidates WHERE run = 'a'").fetchall()
    assert len({seed for *_, seed in seeds}) == 360
    assert all(0 <= seed < 2**31 for *_, seed in seeds)
    again = demo_lake.sql("SELECT position, sample, (sampling ->> 'seed')::BIGINT FROM candidates WHERE run = 'b'").fetchall()
    assert set(again) < set(seeds)


@pytest.mark.parametrize(
    "gate", [pytest.param("exec_ok", marks=pytest.mark.slow), "critique", pytest.param("always", marks=pytest.mark.slow)]
)
def test_planner_validators_fixer(demo_benchmark: Path, demo_lake: store.Lake, tmp_path: Path, gate: str) -> None:
    """The fixer is called where the gate opens, once for each set of critiques, reads that set, and only the first may stand."""
    validators = ("select", "join")
    stages = {"planner": 3, "fixer": 3, "fixer#2": 3}
    lines = recorded.lines(demo_benchmark / "demo", stages, validators, critiques=2)
    path = recorded.write(tmp_path / "recording.jsonl", lines)
    config = configured(
        "planner_validators_fixer",
        models=replay(path),
        planner={"samples": [{"n": 3, "temperature": 1.0}]},
        validators={name: {} for name in validators},
        critiques=2,
        gate=gate,
        prompts="mats",
    )
    done = go_on(demo_lake, config)
    assert (done.failures, done.unrecorded) == ({}, 0)
    assert demo_lake.check() == []
    wanted = demo_lake.sql(
        f"""
        SELECT count(*) FROM (
            SELECT c.candidate, k.ordinal, bool_or(k.verdict = 'incorrect') AS doubted, c.status
            FROM candidate_results AS c LEFT JOIN critiques AS k USING (candidate)
            WHERE c.step = 0 GROUP BY ALL
        ) WHERE status <> 'ok' OR '{gate}' = 'always' OR ('{gate}' = 'critique' AND doubted)
        """
    ).fetchall()
    assert demo_lake.sql("SELECT count(*) FROM candidates WHERE step <> 0").fetchall() == wanted
    read = demo_lake.sql(
        "SELECT f.stage, p.text, k.ordinal, k.text FROM candidates AS f JOIN prompts AS p USING (prompt)"
        " JOIN critiques AS k ON k.candidate = f.parent WHERE f.step <> 0"
    ).fetchall()
    assert read
    for stage, prompt, ordinal, critique in read:
        assert (critique in prompt) == ((stage == "fixer") == (ordinal == 0))
    standing = demo_lake.sql("SELECT DISTINCT stage FROM answers WHERE gate = $gate ORDER BY stage", gate=gate).fetchall()
    assert standing == ([("fixer",)] if gate == "always" else [("fixer",), ("planner",)])
    assert demo_lake.sql("SELECT count(*) FROM answers WHERE gate = $gate", gate=gate).fetchall() == [(216,)]
    sets = demo_lake.sql("SELECT ordinal, count(*), count(fix) FROM rollouts WHERE critiques > 0 GROUP BY ALL ORDER BY ALL")
    assert [(ordinal, n) for ordinal, n, _ in sets.fetchall()] == [(0, sets.fetchall()[0][1]), (1, sets.fetchall()[0][1])]
    assert go_on(demo_lake, config).added == {}


@pytest.mark.parametrize(("scope", "feedback", "gold"), [
    pytest.param("online", "online_visible", False, marks=pytest.mark.slow), ("online_guarded", "error_only", False),
    pytest.param("verified", "result_status", True, marks=pytest.mark.slow),
])  # fmt: skip
def test_repair_of_each_sample(
    demo_benchmark: Path, demo_lake: store.Lake, tmp_path: Path, scope: str, feedback: str, gold: bool
) -> None:
    """A chain goes on exactly while its scope says so, and later turns are marked when the gold had a say."""
    stages = {"turn 1": 3, "turn 2": 3, "turn 3": 3}
    path = recorded.write(tmp_path / "recording.jsonl", recorded.lines(demo_benchmark / "demo", stages))
    config = configured(
        "repair",
        models=replay(path),
        agent={"samples": [{"n": 3, "temperature": 1.0}]},
        scope=scope,
        feedback=feedback,
        of="each",
    )
    done = go_on(demo_lake, config)
    assert (done.failures, done.unrecorded) == ({}, 0)
    label(demo_lake, [comparator("bird")], processes=1)
    rows = demo_lake.sql(
        "SELECT position, sample, step, status, n_rows, verdict FROM judged_candidates WHERE comparator = 'bird'"
        " AND gold_revision = 'original' ORDER BY ALL"
    ).fetchall()
    turns: dict[tuple[int, int], list[tuple[str, int | None, str]]] = {}
    for position, sample, step, status, n_rows, verdict in rows:
        assert step == len(turns.setdefault((position, sample), []))
        turns[position, sample].append((status, n_rows, verdict))
    for chain in turns.values():
        for turn, (status, n_rows, verdict) in enumerate(chain, 1):
            fails = status in {"error", "no_sql"} or (scope == "online_guarded" and status == "ok" and n_rows == 0)
            fails = fails or (scope == "verified" and verdict == "wrong")
            assert fails == (turn < len(chain)) or turn == 3
    marks = demo_lake.sql("SELECT DISTINCT step > 0, saw_gold FROM candidates ORDER BY ALL").fetchall()
    assert marks == [(False, False), (True, gold)]
    parents = demo_lake.sql(
        "SELECT count(*) FROM candidates AS c JOIN candidates AS p ON p.candidate = c.parent"
        " WHERE c.step > 0 AND p.sample = c.sample AND p.step = c.step - 1"
    ).fetchall()
    assert parents == demo_lake.sql("SELECT count(*) FROM candidates WHERE step > 0").fetchall()
    assert demo_lake.check() == []


def test_every_set_of_critiques_is_a_rollout_to_pairs(demo_benchmark: Path, demo_lake: store.Lake, tmp_path: Path) -> None:
    """Over a run with two critiques of each validator, each critique is judged by the fix that read it."""
    validators = ("select", "join")
    stages = {"planner": 2, "fixer": 2, "fixer#2": 2}
    path = recorded.write(tmp_path / "recording.jsonl", recorded.lines(demo_benchmark / "demo", stages, validators, critiques=2))
    planner = {"samples": [{"n": 2, "temperature": 1.0}]}
    options = {"planner": planner, "validators": {name: {} for name in validators}, "critiques": 2, "gate": "always"}
    go_on(demo_lake, configured("planner_validators_fixer", models=replay(path), **options))
    executing.execute(demo_lake, Limits(), runs=["r"], processes=1)
    label(demo_lake, [comparator("bird")], processes=1)
    mine(demo_lake, "collab", ["r"], Options(mode="collab", per_group=4))
    pairs = demo_lake.sql(
        """
        SELECT p.agent, c.ordinal, f.stage, v.verdict, r.ordinal, g.stage, w.verdict
        FROM pairs AS p
        JOIN critiques AS c ON c.critique = p.chosen_critique JOIN critiques AS r ON r.critique = p.rejected_critique
        JOIN candidates AS f ON f.parent = c.candidate AND f.stage = CASE c.ordinal WHEN 0 THEN 'fixer' ELSE 'fixer#2' END
        JOIN candidates AS g ON g.parent = r.candidate AND g.stage = CASE r.ordinal WHEN 0 THEN 'fixer' ELSE 'fixer#2' END
        JOIN judged_candidates AS v ON v.candidate = f.candidate AND v.comparator = 'bird' AND v.gold_revision = 'original'
        JOIN judged_candidates AS w ON w.candidate = g.candidate AND w.comparator = 'bird' AND w.gold_revision = 'original'
        WHERE p.agent IN ('select', 'join')
        """
    ).fetchall()
    assert len(pairs) > 10
    assert {(pair[3], pair[6]) for pair in pairs} == {("correct", "wrong")}
    assert {(pair[1], pair[4]) for pair in pairs} > {(0, 1), (1, 0)}
    prompts = demo_lake.sql(
        "SELECT count(*) FROM pairs AS p JOIN candidates AS f ON f.candidate = p.chosen_candidate"
        " JOIN candidates AS g ON g.candidate = p.rejected_candidate WHERE p.agent = 'fixer' AND f.prompt <> g.prompt"
    ).fetchall()
    assert prompts == [(0,)], "fixes of different sets answer different prompts, and are no pair"


def test_further_sets_of_critiques_change_no_figure(demo_benchmark: Path, demo_lake: store.Lake, tmp_path: Path) -> None:
    """Fixes of a second set of critiques are in no figure, summary or natural pair, and an export brings them back."""
    stages = {"planner": 2, "fixer": 2, "fixer#2": 2}
    path = recorded.write(tmp_path / "recording.jsonl", recorded.lines(demo_benchmark / "demo", stages, ("select",), critiques=2))
    options = {"planner": {"samples": [{"n": 2, "temperature": 1.0}]}, "validators": {"select": {}}, "gate": "critique"}
    for name, critiques in (("one", 1), ("two", 2)):
        go_on(demo_lake, configured("planner_validators_fixer", models=replay(path), run=name, critiques=critiques, **options))
    executing.execute(demo_lake, Limits(), processes=1)
    label(demo_lake, [comparator("bird")], processes=1)
    figures = "SELECT * EXCLUDE (run, majority_candidate) FROM question_outcomes WHERE run = $run ORDER BY ALL"
    assert demo_lake.sql(figures, run="one").fetchall() == demo_lake.sql(figures, run="two").fetchall()
    natural = [mine(demo_lake, f"n{name}", [name], Options(mode="natural")).pairs for name in ("one", "two")]
    assert natural[0] == natural[1] != {}
    export_run(demo_lake, "two", "mats", tmp_path / "two.jsonl")
    import_runs(demo_lake, mats.FORMAT, [Source("again", "two", (tmp_path / "two.jsonl",))], benchmark="demo")
    sets = "SELECT position, sample, ordinal, critiques, doubted, fixes FROM rollouts WHERE run = $run ORDER BY ALL"
    assert demo_lake.sql(sets, run="two").fetchall() == demo_lake.sql(sets, run="again").fetchall()
    standing = "SELECT gate, position, sample, stage FROM answers WHERE run = $run ORDER BY ALL"
    assert demo_lake.sql(standing, run="two").fetchall() == demo_lake.sql(standing, run="again").fetchall()


def test_a_database_that_is_gone_is_told(lake: store.Lake, tmp_path: Path) -> None:
    """SQL of a database whose file is gone is not executed, and the result of the start says so."""
    made = build(tmp_path / "demo")
    add_benchmark(lake, "demo", read(made.questions))
    (made.database_root / "bakery" / "bakery.sqlite").unlink()
    path = recorded.write(tmp_path / "recording.jsonl", recorded.lines(tmp_path / "demo", {"answer": 1}))
    done = go_on(lake, configured("one_shot", models=replay(path)))
    assert [Path(database).name for database in done.unusable] == ["bakery.sqlite"]
    assert lake.sql("SELECT DISTINCT db_id FROM candidate_results WHERE status = 'not_executed'").fetchall() == [("bakery",)]


def test_completions_without_any_sql(demo_lake: store.Lake, tmp_path: Path) -> None:
    """When no completion of a batch holds a SQL, every sample is still a candidate."""
    lines = ({"position": position, "stage": "answer", "sample": 0, "completion": "no idea"} for position in range(72))
    path = recorded.write(tmp_path / "recording.jsonl", lines)
    done = go_on(demo_lake, configured("one_shot", models=replay(path)))
    assert done.added["candidates"] == 72
    assert demo_lake.sql("SELECT DISTINCT status FROM candidate_results").fetchall() == [("no_sql",)]


def test_a_misspelt_field_is_named(tmp_path: Path) -> None:
    """A configuration that says what cannot be run is an error with the field, and with what is allowed there."""
    for text, said in (
        ("pipeline: oneshot\n", "there is no pipeline 'oneshot'"),
        ("pipeline: one_shot\nbenchmark: demo\nmodels: {a: {client: replay, file: f}}\nagent: {sample: []}\n", "agent.sample"),
        ("pipeline: one_shot\nbenchmark: demo\nmodels: {a: {client: opnai}}\n", "client"),
        ("benchmark: demo\n", "has no field `pipeline`"),
        ("pipeline: repair\nbenchmark: d\nmodels: {}\nscope: offline\n", "scope"),
    ):
        (tmp_path / "config.yaml").write_text(text)
        with pytest.raises(agents.RolloutConfigError, match="field") as caught:
            agents.read(tmp_path / "config.yaml")
        assert said in str(caught.value)
        assert caught.value.hint


@pytest.mark.parametrize("name", sorted(path.name for path in (Path(__file__).parents[3] / "docs" / "rollouts").glob("*.yaml")))
def test_documented_configurations_can_be_read(name: str) -> None:
    """Every configuration of the docs is one, and its agents have models and templates."""
    path = Path(__file__).parents[3] / "docs" / "rollouts" / name
    assert agents.askers(agents.read(path), path.parent)
