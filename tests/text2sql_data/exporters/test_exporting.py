"""A run that was executed and labelled here, and the command: what the file says, what the closing line says, what is refused."""

import json
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

import store
from text2sql_data.benchmarks import read
from text2sql_data.benchmarks.adding import add_benchmark
from text2sql_data.commands.export import export
from text2sql_data.comparators import comparator
from text2sql_data.comparators.labelling import label
from text2sql_data.execution.executing import execute
from text2sql_data.execution.limits import Limits
from text2sql_data.execution.preview import decode_preview
from text2sql_data.exporters import reading

WRONG_FLAG = {
    "planner_sql": "SELECT x FROM t",
    "planner_exec_ok": False,
    "is_planner_correct": False,
    "fb_join": "Conclude: correct.",
}
FIXED = {"planner_sql": "SELECT y FROM t", "planner_exec_ok": True, "fixed_sql": "SELECT 1.5", "is_fixed_correct": True}


@pytest.fixture(scope="module")
def executed(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lake with a run `r` of three questions, one with a broken gold; executed and labelled, and never written to."""
    folder = tmp_path_factory.mktemp("executed")
    (folder / "databases/d").mkdir(parents=True)
    with sqlite3.connect(folder / "databases/d/d.sqlite") as database:
        database.executescript("CREATE TABLE t (x); INSERT INTO t VALUES (1), (NULL), (x'00ff'), ('a' || char(10) || '\"')")
    database.close()
    golds = ["SELECT x FROM t", "SELECT x FROM t", "SELECT missing FROM t"]
    questions = [
        {"question_id": 7 + n, "db_id": "d", "question": f"q{n}", "evidence": "e", "SQL": gold} for n, gold in enumerate(golds)
    ]
    (folder / "dev.json").write_text(json.dumps(questions))
    rollouts = [
        {"question_id": 7, "trajectories": [WRONG_FLAG, FIXED]},
        {"question_id": 8, "trajectories": [FIXED]},
        {"question_id": 9, "trajectories": [{"planner_sql": "SELECT 'a\nb'"}]},
    ]
    (folder / "r.jsonl").write_text("\n".join(map(json.dumps, rollouts)))
    with store.open(shutil.copytree(template, folder / "lake")) as lake:
        from text2sql_data.importers import mats
        from text2sql_data.importers.importing import Source, import_runs

        add_benchmark(lake, "b", read(folder / "dev.json", databases=folder / "databases"))
        import_runs(lake, mats.FORMAT, [Source("r", "system", (folder / "r.jsonl",))], benchmark="b")
        execute(lake, Limits(), comparators=[comparator("bird")], processes=1)
        label(lake, [comparator("bird")], processes=1)
    return folder / "lake"


@pytest.fixture
def t2s(executed: Path) -> Callable[..., Result]:
    """Runs `t2s export` on that lake."""
    return lambda *arguments: CliRunner().invoke(export, [*map(str, arguments)], obj=executed)


def entries(path: Path) -> list[dict[str, Any]]:
    """The lines of a file."""
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_flags_are_ours_unless_the_file_s_are_asked_for(t2s: Callable[..., Result], tmp_path: Path) -> None:
    """By bird, flags and what ran are what this lake found; by file:r, what the file said; the closing line says which."""
    ours = t2s("--run", "r", "--format", "mats", tmp_path / "ours")
    assert (ours.exit_code, ours.stdout) == (
        0,
        "r: 3 questions, 6 candidates, 1 critique of the regime system, as mats. Flags: bird, 1 null. Nothing was left out.\n",
    )
    (first, second), _, (third,) = (row["trajectories"] for row in entries(tmp_path / "ours"))
    assert (first["planner_exec_ok"], first["is_planner_correct"]) == (True, True)
    assert (second["planner_exec_ok"], second["is_planner_correct"]) == (False, False)
    assert (second["fixed_exec_ok"], second["is_fixed_correct"]) == (True, False)
    assert (third["planner_exec_ok"], third["is_planner_correct"]) == (True, None)
    theirs = t2s("--run", "r", "--format", "mats", "--comparator", "file:r", tmp_path / "theirs")
    assert "Flags: file:r, 3 null." in theirs.stdout
    (first, second), _, _ = (row["trajectories"] for row in entries(tmp_path / "theirs"))
    assert (first["planner_exec_ok"], first["is_planner_correct"]) == (False, False)
    assert (second["is_planner_correct"], second["is_fixed_correct"]) == (None, True)


def test_first_rows_of_results(t2s: Callable[..., Result], tmp_path: Path) -> None:
    """Previews are the lake's, of planner and fix; null where nothing ran."""
    t2s("--run", "r", "--format", "mats", tmp_path / "out")
    rows = entries(tmp_path / "out")
    first, second = rows[0]["trajectories"]
    assert decode_preview(json.dumps(first["exec_rows_preview"])) == [[1], [None], [b"\x00\xff"], ['a\n"']]
    assert (second["exec_rows_preview"], second["fixed_exec_rows_preview"]) == (None, [[1.5]])
    assert first["fixed_exec_rows_preview"] is None
    assert {name: rows[0][name] for name in ("position", "question_id", "db_id", "evidence", "sql")} == {
        "position": 0, "question_id": "7", "db_id": "d", "evidence": "e", "sql": "SELECT x FROM t",
    }  # fmt: skip
    assert rows[0]["db_path"].endswith("databases/d/d.sqlite")


def test_ranges_of_questions(t2s: Callable[..., Result], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However the questions are cut into ranges, the file is the same."""
    t2s("--run", "r", "--format", "mats", tmp_path / "one")
    monkeypatch.setattr(reading, "_BYTES", 1)
    t2s("--run", "r", "--format", "mats", tmp_path / "several")
    assert (tmp_path / "several").read_bytes() == (tmp_path / "one").read_bytes()


def test_statuses_and_rewards(t2s: Callable[..., Result], tmp_path: Path) -> None:
    """Any stages become turns: status, counts of rows, errors and rewards are those of the seed's scale."""
    t2s("--run", "r", "--format", "trajectories", tmp_path / "out")
    found = entries(tmp_path / "out")
    assert [(row["status"], row["gold_row_count"]) for row in found] == [
        ("correct_first_turn", 4),
        ("failed", 4),
        ("bad_gold", None),
    ]
    assert found[2]["gold_error"] == "no such column: missing"
    attempts = [
        [(a["turn"], a["stage"], a["correct"], a["ok"], a["row_count"], a["reward"]) for a in row["candidates"]] for row in found
    ]
    assert attempts == [
        [(1, "planner", True, True, 4, 1.0), (1, "planner", False, False, None, -0.2), (2, "fixer", False, True, 1, -0.5)],
        [(1, "planner", False, False, None, -0.2), (2, "fixer", False, True, 1, -0.5)],
        [(1, "planner", None, True, 1, None)],
    ]
    assert found[1]["candidates"][0]["error"] == "no such column: y"
    assert found[1]["candidates"][1]["parent"] == [0, "planner"]
    t2s("--run", "r", "--format", "grpo", tmp_path / "grpo")
    completions = [
        [(c["response"], c["reward"], c["meta"]["rule_reward"]) for c in row["completions"]] for row in entries(tmp_path / "grpo")
    ]
    assert completions[1] == [("SQL: SELECT y FROM t", -0.2, -0.2), ("SQL: SELECT 1.5", -0.5, -0.5)]


def test_predictions(t2s: Callable[..., Result], tmp_path: Path) -> None:
    """One SQL a question, by position or id, first or final; a literal with a break is no line, and nothing is written."""
    done = t2s("--run", "r", "--format", "bird", "--final", tmp_path / "final")
    assert done.stdout == (
        "r: 3 questions, 3 candidates, as bird (sample 0, its final answer by the gate exec_ok). "
        "Left out or changed: 3 other candidates, 1 critiques.\n"
    )
    separator = "\t----- bird -----\td"
    assert json.loads((tmp_path / "final").read_text()) == {
        "0": f"SELECT x FROM t{separator}", "1": f"SELECT 1.5{separator}", "2": f"SELECT 'a\nb'{separator}",
    }  # fmt: skip
    t2s("--run", "r", "--format", "bird", "--key", "question_id", tmp_path / "ids")
    assert list(json.loads((tmp_path / "ids").read_text())) == ["7", "8", "9"]
    refused = t2s("--run", "r", "--format", "spider", tmp_path / "lines")
    assert "position 2 cannot stand on one line" in str(refused.exception)
    lines = t2s("--run", "r", "--format", "spider", "--sample", "1", "-")
    assert lines.stdout == "SELECT y FROM t\n\n\n"
    assert "1 question," in lines.stderr
    assert "2 questions without sample 1: empty lines" in lines.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["final", "ids"]


def test_standard_output_and_json(t2s: Callable[..., Result], tmp_path: Path) -> None:
    """With - the file goes to standard output, and what is said of it to standard error; --json says it as an object."""
    done = t2s("--run", "r", "--format", "grpo", "-")
    assert [json.loads(line)["position"] for line in done.stdout.splitlines()] == [0, 1, 2]
    assert done.stderr.startswith("r: 3 questions, 6 candidates")
    said = json.loads(t2s("--run", "r", "--format", "grpo", "--json", tmp_path / "out").stdout)
    assert said == {
        "run": "r", "format": "grpo", "path": str(tmp_path / "out"), "questions": 3, "candidates": 6, "critiques": 1,
        "comparator": "bird", "flagged": 5, "regime": "system", "taken": "", "left": {},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--run", "s"], "There is no run s in the lake"),
        (["--run", "r", "--comparator", "spider"], "There is no comparator spider in the lake"),
        (["--run", "r", "--gold-revision", "new"], "There is no gold revision new in the lake"),
        (["--run", "r", "--regime", "x"], "has no critiques of the regime x"),
        (["--run", "r", "--format", "bird", "--sample", "5"], "The run r has no sample 5"),
    ],
)
def test_what_is_not_there(t2s: Callable[..., Result], tmp_path: Path, arguments: list[str], message: str) -> None:
    """A misspelt name is an error, and leaves no file."""
    format_ = [] if "--format" in arguments else ["--format", "mats"]
    refused = t2s(*arguments, *format_, tmp_path / "out")
    assert message in str(refused.exception)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "arguments",
    [
        ["--format", "mats", "--sample", "0"],
        ["--format", "bird", "--comparator", "bird"],
        ["--format", "spider", "--key", "position"],
        ["--format", "bird", "--gate", "always"],
    ],
)
def test_options_that_say_nothing(t2s: Callable[..., Result], tmp_path: Path, arguments: list[str]) -> None:
    """An option that the format would ignore is wrong usage."""
    assert t2s("--run", "r", *arguments, tmp_path / "out").exit_code == 2


def test_a_run_that_the_format_cannot_hold(small: store.Lake, bring: Callable[..., None], tmp_path: Path) -> None:
    """Answers are no rollouts of planner and fixer: refused with their stages; the turns of the other formats hold them."""
    (tmp_path / "answers.json").write_text(json.dumps({"0": "SELECT 1", "2": ""}))
    bring(small, "bird", tmp_path / "answers.json", "small")
    refused = CliRunner().invoke(export, ["--run", "r", "--format", "mats", str(tmp_path / "out")], obj=small.folder)
    assert "nothing that mats can hold: its stages are answer" in str(refused.exception)
    held = CliRunner().invoke(export, ["--run", "r", "--format", "trajectories", str(tmp_path / "out")], obj=small.folder)
    assert held.stdout == (
        "r: 2 questions, 2 candidates, as trajectories. Flags: none, for no comparator has labelled the run. "
        "Nothing was left out.\n"
    )
    assert [row["status"] for row in entries(tmp_path / "out")] == [None, "skipped"]
    twice = CliRunner().invoke(
        export, ["--run", "r", "--format", "bird", "--key", "question_id", str(tmp_path / "ids")], obj=small.folder
    )
    assert "The question_id 10 is there twice" in str(twice.exception)
