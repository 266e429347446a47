"""The summary of published trajectories, and costs of query plans: equal to the published figures, or different for a reason."""

import json
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import store
from text2sql_data.benchmarks import read
from text2sql_data.benchmarks.adding import add_benchmark
from text2sql_data.importers import trajectories
from text2sql_data.importers.importing import Source, import_runs
from text2sql_data.lookups import NameNotFoundError
from text2sql_data.pairs.summary import add_plans, summarise

FLAGS = "file:trajectories"
NOT_FIGURES = {"dpo_pairs", "pair_types", "args", "skipped_errors", "cost_flags", "schema_alignment_rate"}
"""What is no figure of the candidates, is compared apart, or stands there twice."""
COSTS = ("full_scan", "index_search", "temp_btree", "cartesian", "multi_table")


@pytest.fixture(scope="module")
def imported(real_data: Path, template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lake with the trajectories; nothing was executed."""
    folder = tmp_path_factory.mktemp("summary") / "lake"
    shutil.copytree(template, folder)
    with store.open(folder) as opened:
        add_benchmark(opened, "spider", read(real_data / "spider/dev.json"))
        source = Source("trajectories", "trajectories", (real_data / "trajectories/trajectories.jsonl",))
        import_runs(opened, trajectories.FORMAT, [source], benchmark="spider")
    return folder


@pytest.fixture
def lake(imported: Path, tmp_path: Path) -> Iterator[store.Lake]:
    """A copy of that lake."""
    shutil.copytree(imported, tmp_path / "lake")
    with store.open(tmp_path / "lake") as opened:
        yield opened


@pytest.fixture(scope="module")
def attempts(real_data: Path) -> dict[tuple[int, int, int], dict[str, Any]]:
    """The attempts of the file by position, step and sample."""
    found = {}
    for position, line in enumerate((real_data / "trajectories/trajectories.jsonl").read_text("utf-8").rstrip("\n").split("\n")):
        seen = Counter[int]()
        for one in json.loads(line)["candidates"]:
            found[position, one["turn"] - 1, seen[one["turn"]]] = one
            seen[one["turn"]] += 1
    return found


def test_the_published_summary(lake: store.Lake, real_data: Path) -> None:
    """Every figure of summary.json to its fourth digit, from the file's flags; missing plans are counted."""
    theirs = json.loads((real_data / "trajectories/summary.json").read_text("utf-8"))
    ours = summarise(lake, "trajectories", comparator=FLAGS)
    figures = {name: round(value, 4) if isinstance(value, float) else value for name, value in ours.items()}
    assert {name: figures[name] for name in theirs.keys() - NOT_FIGURES} == {
        name: theirs[name] for name in theirs.keys() - NOT_FIGURES
    }
    assert len(theirs.keys() - NOT_FIGURES) == 11
    assert figures["schema_valid_rate"] == theirs["schema_alignment_rate"]
    flags = figures["cost_flags"]
    assert isinstance(flags, dict)
    known = {name: theirs["cost_flags"][name] for name in ("syntax_valid", "schema_valid", "executable", "not_executable")}
    assert {name: flags[name] for name in known} == known
    assert (figures["excluded"], figures["n_questions"], figures["n_candidates"], figures["plans_unknown"]) == (
        {},
        1034,
        4506,
        4380,
    )
    with pytest.raises(NameNotFoundError):
        summarise(lake, "trajectories", comparator="file:nobody")


@pytest.mark.slow
def test_costs_differ_only_where_plans_do(
    lake: store.Lake, real_data: Path, attempts: dict[tuple[int, int, int], dict[str, Any]]
) -> None:
    """Over the file's own plan lines the view gives its flags and rewards; ours differ only where the engine plans otherwise."""
    made = add_plans(lake, "trajectories", comparator=FLAGS)
    assert (made.failed, made.unusable) == (0, {})
    assert add_plans(lake, "trajectories", comparator=FLAGS).made == 0
    rows = lake.sql(
        "SELECT c.position, c.step, c.sample, r.database, c.sql_id FROM candidates AS c"
        " JOIN candidate_results AS r USING (candidate) WHERE c.claimed_ok ORDER BY ALL"
    ).fetchall()
    with lake.commit("their plans") as commit:
        keyed = {
            (str(database), str(sql_id)): attempts[position, step, sample]["explain"]
            for position, step, sample, database, sql_id in rows
        }
        plans = [{"database": d, "sql_id": s, "engine": "sqlite 3.40", "steps": steps} for (d, s), steps in keyed.items()]
        commit.append("plans", plans)
    columns = ", ".join(COSTS)
    costs = {
        (engine, str(database), str(sql_id)): (cost, dict(zip(COSTS, flags, strict=True)), steps)
        for engine, database, sql_id, cost, steps, *flags in lake.sql(
            f"SELECT engine, database, sql_id, cost_reward, steps, {columns} FROM plan_costs"
        ).fetchall()
    }
    (engine,) = {key[0] for key in costs} - {"sqlite 3.40"}
    totals = {"sqlite 3.40": Counter[str](), engine: Counter[str]()}
    planned_otherwise = 0
    for position, step, sample, database, sql_id in rows:
        theirs = attempts[position, step, sample]
        reward, flags, steps = costs["sqlite 3.40", str(database), str(sql_id)]
        assert reward == theirs["cost_reward"]
        assert +Counter(flags) == +Counter({name: theirs["cost_flags"].get(name, 0) for name in COSTS})
        _, our_flags, our_steps = costs[engine, str(database), str(sql_id)]
        planned_otherwise += our_steps != steps
        assert our_flags == flags or our_steps != steps
        totals["sqlite 3.40"] += Counter(flags)
        totals[engine] += Counter(our_flags)
    published = json.loads((real_data / "trajectories/summary.json").read_text("utf-8"))["cost_flags"]
    assert totals["sqlite 3.40"] == Counter({name: published[name] for name in COSTS if name in published})
    ours = summarise(lake, "trajectories", comparator=FLAGS)["cost_flags"]
    assert isinstance(ours, dict)
    assert {name: ours[name] for name in COSTS} == {name: totals[engine][name] for name in COSTS}
    assert len(rows) == 4380
    if engine == "sqlite 3.54.1":
        assert planned_otherwise == 586
