"""The commands: mine, import, list and summary, as a person and as a program read them."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import store
from store.cli import cli
from text2sql_data.benchmarks import read
from text2sql_data.benchmarks.adding import add_benchmark
from text2sql_data.commands.pairs.mine import MODES
from text2sql_data.importers import trajectories
from text2sql_data.importers.importing import Source, import_runs
from text2sql_data.pairs import mining


@pytest.fixture
def run_folder(folder: Path, tmp_path: Path) -> Path:
    """A lake with a run of two questions, one of which gives a pair."""
    rows = [{"db_id": "d", "question": f"q{n}", "query": "SELECT 1"} for n in range(2)]
    (tmp_path / "dev.json").write_text(json.dumps(rows), "utf-8")
    attempt = {"turn": 1, "ok": True, "reward": 0.2, "elapsed_ms": 1.0}
    right, wrong = (
        {**attempt, "sql": "SELECT 1", "correct": True, "reward": 1.0},
        {**attempt, "sql": "SELECT 2", "correct": False},
    )
    lines = [
        {"question": "q0", "db_id": "d", "candidates": [right, wrong]},
        {"question": "q1", "db_id": "d", "candidates": [right]},
    ]
    (tmp_path / "r").write_text("\n".join(map(json.dumps, lines)), "utf-8")
    with store.open(folder) as lake:
        add_benchmark(lake, "b", read(tmp_path / "dev.json"))
        import_runs(lake, trajectories.FORMAT, [Source("r", "r", (tmp_path / "r",))], benchmark="b")
    return folder


def t2s(folder: Path, *arguments: str) -> Result:
    """Run a command on a lake."""
    return CliRunner().invoke(cli, ["--lake", str(folder), "pairs", *arguments])


def test_from_mining_to_the_list(run_folder: Path, tmp_path: Path) -> None:
    """A set is mined, once; a file is imported; both are listed with what they were made from."""
    mine = ["mine", "r", "--comparator", "file:r"]
    dry = t2s(run_folder, *mine, "--dry-run")
    assert (dry.exit_code, dry.stderr) == (0, "Dry run: nothing was written.\n")
    assert dry.stdout == (
        "r_natural: 1 pair\n        1 first_turn_correct_sample_vs_failed_sample\nquestions without a pair (sql): 1 one_answer\n"
    )
    assert t2s(run_folder, "list").stdout == ""
    first = json.loads(t2s(run_folder, *mine, "--json").stdout)
    assert first == {
        "name": "r_natural",
        "pairs": {"first_turn_correct_sample_vs_failed_sample": 1},
        "dropped": {},
        "without": [{"agent": "sql", "reason": "one_answer", "questions": 1}],
        "already": False,
    }
    assert json.loads(t2s(run_folder, *mine, "--json").stdout)["already"]
    (tmp_path / "plain.jsonl").write_text('{"prompt": "p", "chosen": "a", "rejected": "b"}\n' * 2, "utf-8")
    imported = t2s(run_folder, "import", str(tmp_path / "plain.jsonl"), "--benchmark", "b")
    assert imported.stdout == (
        "plain: 1 pair\n        1 unknown\n2 of 2 pairs have no question in b\n1 pairs repeat another one, and were left out\n"
    )
    listed = [json.loads(line) for line in t2s(run_folder, "list", "--json").stdout.splitlines()]
    assert [(one["pair_set"], one["kind"], one["n_pairs"]) for one in listed] == [
        ("r_natural", "mined", 1),
        ("plain", "imported", 1),
    ]
    assert listed[0]["parents"] == [{"run": "r"}]
    assert listed[0]["parameters"]["comparator_version"] == 1
    table = t2s(run_folder, "list").stdout
    assert "run r" in table
    assert "file plain.jsonl" in table


def test_summary(run_folder: Path) -> None:
    """The figures with what they were divided by; the JSON has them by their published names."""
    found = json.loads(t2s(run_folder, "summary", "r", "--comparator", "file:r", "--json").stdout)
    assert found["status"] == {"correct_first_turn": 2, "repaired": 0, "failed": 0}
    assert (found["first_turn_execution_accuracy"], found["n_first_turn"]) == (2 / 3, 3)
    assert (found["repair_success_rate"], found["n_repair"]) == (None, 0)
    shown = t2s(run_folder, "summary", "r", "--comparator", "file:r")
    assert ["candidate_execution_accuracy", "0.6667", "3"] in [line.split() for line in shown.stdout.splitlines()]
    assert shown.stderr == "3 candidates have no query plan yet: add --plans.\n"


def test_wrong_usage(run_folder: Path, tmp_path: Path) -> None:
    """Several runs or files need a name, and a comparator that judged nothing is an error."""
    (tmp_path / "a").write_text("", "utf-8")
    assert t2s(run_folder, "mine", "r", "r2").exit_code == 2
    assert t2s(run_folder, "import", str(tmp_path / "a"), str(tmp_path / "a"), "--benchmark", "b").exit_code == 2
    assert isinstance(t2s(run_folder, "mine", "r").exception, store.StoreError)


def test_the_modes_are_those_of_mining() -> None:
    """The command knows the names of the modes without importing them."""
    assert tuple(mining.MODES) == MODES
