"""Critique sensitivity: the view against a loop over all pairs of rollouts, and the command that prints it."""

import json
import random
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import store
from text2sql_data.benchmarks import read
from text2sql_data.benchmarks.adding import add_benchmark
from text2sql_data.commands.pairs.sensitivity import sensitivity as command
from text2sql_data.comparators import comparator
from text2sql_data.comparators.labelling import label
from text2sql_data.execution.executing import execute
from text2sql_data.execution.limits import Limits
from text2sql_data.importers import mats, spider
from text2sql_data.importers.importing import Source, import_runs
from text2sql_data.lookups import NameNotFoundError
from text2sql_data.pairs.yields import NoFixesError, sensitivity

pytestmark = pytest.mark.slow

QUESTIONS = 40
SQLS = {
    "SELECT 1": "1",
    "SELECT 1 AS one": "1",
    "SELECT 2": "2",
    "SELECT a FROM nowhere": "failed",
    "SELECT b FROM nowhere": "failed",
}
"""What the SQL may be, and the result of each; the golds answer 1."""
SAYS = ("x\nConclude: correct.", "y\nConclude: incorrect.", "z\nConclude: incorrect.")
Trajectory = dict[str, Any]


def trajectory(draw: random.Random) -> Trajectory:
    """A rollout of few texts; a third of them without a fix."""
    return {
        "planner_sql": draw.choice(["SELECT 2", "SELECT 2", "SELECT 3"]),
        "fb_select": draw.choice([*SAYS, None]),
        "fb_condition": draw.choice(SAYS),
        "fixed_sql": draw.choice(list(SQLS)) if draw.random() < 0.67 else None,
    }


@pytest.fixture(scope="module")
def rollouts(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[store.Lake, list[list[Trajectory]]]]:
    """A lake with random rollouts, executed and labelled, a run without any, and what the rollouts are."""
    draw = random.Random(3)  # noqa: S311 - rollouts, no secrets
    questions = [[trajectory(draw) for _ in range(draw.randint(1, 8))] for _ in range(QUESTIONS)]
    folder = tmp_path_factory.mktemp("sensitivity")
    (folder / "database/d").mkdir(parents=True)
    with closing(sqlite3.connect(folder / "database/d/d.sqlite")) as database:
        database.execute("CREATE TABLE t (a)")
    (folder / "dev.json").write_text(
        json.dumps([{"db_id": "d", "question": f"q{n}", "query": "SELECT 1"} for n in range(QUESTIONS)]), "utf-8"
    )
    (folder / "r").write_text(
        "\n".join(json.dumps({"question": f"q{n}", "trajectories": t}) for n, t in enumerate(questions)), "utf-8"
    )
    (folder / "plain").write_text("SELECT 1\n" * QUESTIONS, "utf-8")
    with store.open(shutil.copytree(template, folder / "lake")) as lake:
        add_benchmark(lake, "b", read(folder / "dev.json"))
        import_runs(lake, mats.FORMAT, [Source("r", "r", (folder / "r",))], benchmark="b")
        import_runs(lake, spider.FORMAT, [Source("plain", "plain", (folder / "plain",))], benchmark="b")
        execute(lake, Limits(seconds=5.0), processes=1)
        label(lake, [comparator("bird")])
        yield lake, questions


def counted(questions: list[list[Trajectory]], validator: str) -> dict[str, int]:
    """The counts of the view, by a loop over all pairs of rollouts."""
    names = [f"{side}_{what}" for side in ("other", "same") for what in ("pairs", "sql", "result", "verdict", "questions")]
    counts = dict.fromkeys(names, 0)
    for trajectories in questions:
        seen = set()
        for one, two in combinations(trajectories, 2):
            if one["planner_sql"] != two["planner_sql"] or None in (one["fixed_sql"], two["fixed_sql"]):
                continue
            differing = {field for field in ("fb_select", "fb_condition") if one[field] != two[field]}
            if differing and validator != "all" and differing != {f"fb_{validator}"}:
                continue
            side = "other" if differing else "same"
            results = {SQLS[one["fixed_sql"]], SQLS[two["fixed_sql"]]}
            seen.add(side)
            counts[f"{side}_pairs"] += 1
            counts[f"{side}_sql"] += one["fixed_sql"] != two["fixed_sql"]
            counts[f"{side}_result"] += len(results) == 2
            counts[f"{side}_verdict"] += len(results) == 2 and "1" in results
        for side in seen:
            counts[f"{side}_questions"] += 1
    return counts


@pytest.mark.parametrize("validator", ["all", "select", "condition"])
def test_the_view_counts_what_a_loop_over_pairs_counts(
    rollouts: tuple[store.Lake, list[list[Trajectory]]], validator: str
) -> None:
    """Pairs that read other critiques and pairs that read the same: how many, of how many questions, and how many differ."""
    lake, questions = rollouts
    (row,) = [row for row in sensitivity(lake, ["r"], validators=True) if row.validator == validator]
    expected = counted(questions, validator)
    assert {name: getattr(row, name) for name in expected} == expected
    assert min(expected.values()) > 0
    assert (row.other_results, row.other_verdicts, row.same_results) == (row.other_pairs, row.other_pairs, row.same_pairs)
    assert row.sql_sensitivity == pytest.approx(expected["other_sql"] / expected["other_pairs"])
    assert row.verdict_base_rate == pytest.approx(expected["same_verdict"] / expected["same_pairs"])


@pytest.mark.parametrize(("validator", "fields"), [("all", ("fb_select", "fb_condition")), ("select", ("fb_select",))])
def test_the_view_counts_calls_and_changes(
    rollouts: tuple[store.Lake, list[list[Trajectory]]], validator: str, fields: tuple[str, ...]
) -> None:
    """How often the fixer was called, with and without a doubt, and how often it then wrote another SQL."""
    lake, questions = rollouts
    (row,) = [row for row in sensitivity(lake, ["r"], validators=True) if row.validator == validator]
    flat = [t for trajectories in questions for t in trajectories]
    doubted = [t for t in flat if any("incorrect" in (t[field] or "") for field in fields)]
    fixed = [t for t in flat if t["fixed_sql"] is not None]
    assert (row.rollouts, row.doubted, row.fixed) == (len(flat), len(doubted), len(fixed))
    assert row.doubted_fixed == sum(t in doubted for t in fixed)
    assert row.doubted_changed == sum(t["fixed_sql"] != t["planner_sql"] for t in fixed if t in doubted)
    assert row.undoubted_changed == sum(t["fixed_sql"] != t["planner_sql"] for t in fixed if t not in doubted)


def test_without_fixes_there_is_nothing_to_say(rollouts: tuple[store.Lake, list[list[Trajectory]]]) -> None:
    """A run without fixers is an error that says so, a name that is not there one that lists those that there are."""
    lake, _ = rollouts
    with pytest.raises(NoFixesError):
        sensitivity(lake, ["plain"])
    with pytest.raises(NameNotFoundError):
        sensitivity(lake, ["rr"])
    with pytest.raises(NameNotFoundError):
        sensitivity(lake, ["r"], comparator="bards")


def test_the_command_prints_both_rates(rollouts: tuple[store.Lake, list[list[Trajectory]]]) -> None:
    """As a table, as Markdown and as JSON: those that read other critiques above those that read the same."""
    lake, questions = rollouts
    run = CliRunner()
    expected = counted(questions, "all")
    shares = [f"{100 * expected[f'{side}_sql'] / expected[f'{side}_pairs']:.2f}" for side in ("other", "same")]
    table = run.invoke(command, ["r"], obj=lake.folder, catch_exceptions=False).output
    lines = table.splitlines()
    assert [share in line for share, line in zip(shares, [line for line in lines if " all " in line], strict=True)] == [
        True,
        True,
    ]
    markdown = run.invoke(command, ["r", "--markdown", "--by-validator"], obj=lake.folder, catch_exceptions=False).output
    assert len(markdown.splitlines()) == 2 + 2 * 3
    (row,) = run.invoke(command, ["r", "--json"], obj=lake.folder, catch_exceptions=False).output.splitlines()
    assert json.loads(row)["other_pairs"] == expected["other_pairs"]
