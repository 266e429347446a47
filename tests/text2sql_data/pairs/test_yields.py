"""Yields: pairs per question and the reasons of the others, by set, run and agent."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

import store
from text2sql_data.benchmarks import read
from text2sql_data.benchmarks.adding import add_benchmark
from text2sql_data.commands.pairs.yields import yields as command
from text2sql_data.importers import mats
from text2sql_data.importers.importing import Source, import_runs
from text2sql_data.lookups import NameNotFoundError
from text2sql_data.pairs.mining import mine
from text2sql_data.pairs.options import Options
from text2sql_data.pairs.yields import NoYieldsError, yields

pytestmark = pytest.mark.slow

DOUBT, TRUST = "doubt\nConclude: incorrect.", "trust\nConclude: correct."


@pytest.fixture(scope="module")
def lake(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[store.Lake]:
    """Four questions: with a pair of every agent, all correct, none correct, and without critiques; mined in two modes."""
    folder = tmp_path_factory.mktemp("yields")

    def rollout(sql: str, critique: str | None = None, fixed: str | None = None) -> dict[str, object]:
        return {
            "planner_sql": sql, "is_planner_correct": sql == "right", "planner_exec_ok": True, "fb_select": critique,
            "fixed_sql": fixed, "is_fixed_correct": fixed == "good",
        }  # fmt: skip

    questions = [
        [rollout("wrong", DOUBT, "good"), rollout("wrong", DOUBT, "bad"), rollout("wrong", TRUST, "bad"), rollout("right")],
        [rollout("right", TRUST), rollout("right", TRUST)],
        [rollout("wrong", DOUBT, "bad"), rollout("wrong", DOUBT, "bad")],
        [rollout("right"), rollout("wrong")],
    ]
    (folder / "dev.json").write_text(json.dumps([{"db_id": "d", "question": f"q{n}", "query": "SELECT 1"} for n in range(4)]))
    (folder / "r").write_text("\n".join(json.dumps({"question": f"q{n}", "trajectories": t}) for n, t in enumerate(questions)))
    with store.open(shutil.copytree(template, folder / "lake")) as opened:
        add_benchmark(opened, "b", read(folder / "dev.json"))
        import_runs(opened, mats.FORMAT, [Source("r", "r", (folder / "r",))], benchmark="b")
        for mode in ("independent", "collab"):
            mine(opened, mode, ["r"], Options(mode=mode, comparator="file:r"))
        with opened.commit("an imported set") as commit:
            commit.append(
                "pair_sets",
                "SELECT * REPLACE ('imported' AS pair_set, 'imported' AS kind) FROM pair_sets WHERE pair_set = 'collab'",
            )
        yield opened


def test_a_yield_is_pairs_by_questions(lake: store.Lake) -> None:
    """Questions, those with and without a pair, pairs, and the reasons of those without add up, agent by agent."""
    (select,) = [row for row in yields(lake, ["collab"]) if row.agent == "select"]
    assert select[4:] == (4, 1, 3, 1, 0.25, {"fixer_not_called": 1, "no_critique": 1, "none_correct": 1}, {"select_collab": 1})
    for row in yields(lake, []):
        assert row.questions == row.with_pair + row.without_pair == 4
        assert sum(row.reasons.values()) == row.without_pair
        assert sum(row.types.values()) == row.pairs
        assert row.mode == row.pair_set


def test_sets_stand_beside_each_other(lake: store.Lake) -> None:
    """The same agent's sets are together, in the order in which they were asked for."""
    rows = [(row.agent, row.pair_set) for row in yields(lake, ["independent", "collab"])]
    assert rows == [(agent, name) for agent in ("planner", "select", "fixer") for name in ("independent", "collab")]


def test_names_that_are_not_there_are_refused(lake: store.Lake) -> None:
    """An unknown set is an error that lists the sets; one that was not mined has no yields and says so."""
    with pytest.raises(NameNotFoundError) as raised:
        yields(lake, ["colab"])
    assert "collab, imported, independent" in str(raised.value.hint)
    with pytest.raises(NoYieldsError, match="imported"):
        yields(lake, ["collab", "imported"])


def test_the_command_prints_every_form(lake: store.Lake) -> None:
    """A row an agent and set with the reasons; --wide a row a set; --markdown and --json the same figures."""
    run = CliRunner()

    def output(*arguments: str) -> list[str]:
        return run.invoke(command, list(arguments), obj=lake.folder, catch_exceptions=False).output.splitlines()

    (line,) = [line for line in output("collab") if line.startswith(" select")]
    assert "select_collab" in line
    assert "1 fixer_not_called, 1 no_critique, 1 none_correct" in line
    wide = output("collab", "independent", "--wide", "--markdown")
    assert len(wide) == 2 + 2
    assert wide[2].startswith("| collab | r | collab | 4 |")
    assert {json.loads(line)["pair_set"] for line in output("--json")} == {"collab", "independent"}


def test_without_sets_it_says_how_to_make_one(folder: Path) -> None:
    """In a lake without pair sets the command ends well, and says what to do."""
    result = CliRunner().invoke(command, [], obj=folder, catch_exceptions=False)
    assert result.exit_code == 0
    assert "t2s pairs mine" in result.stderr
