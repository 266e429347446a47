"""`label --compare-imported`: flags that files brought, beside our labels."""

import csv
import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from store.cli import cli
from text2sql_data.demo import build


def invoke(folder: Path, *arguments: str) -> str:
    result = CliRunner().invoke(cli, ["--lake", str(folder), *arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.fixture(scope="module")
def demo_lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo's rollouts, with the flag of the first one turned round."""
    folder = tmp_path_factory.mktemp("demo")
    files = build(folder / "files")
    lines = [json.loads(line) for line in files.rollouts.read_text(encoding="utf-8").splitlines()]
    first = lines[0]["trajectories"][0]
    first["is_planner_correct"] = not first["is_planner_correct"]
    rollouts = folder / "rollouts.jsonl"
    rollouts.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    lake = folder / "lake"
    invoke(lake, "benchmark", "add", str(files.questions), "--databases", str(files.database_root), "--name", "demo")
    invoke(lake, "import", "mats", str(rollouts), "--benchmark", "demo", "--run", "rollouts")
    return lake


def compared(lake: Path, *arguments: str) -> tuple[list[dict[str, object]], dict[str, int]]:
    *rows, last = (json.loads(line) for line in invoke(lake, "label", "--compare-imported", "--json", *arguments).splitlines())
    return rows, last["summary"]


def test_a_flag_that_differs_is_listed(demo_lake: Path) -> None:
    """Before labelling nothing is compared; after it, the flag that was turned round is the one that differs."""
    rows, summary = compared(demo_lake)
    assert (rows, summary["compared"]) == ([], 0)
    n_flags = summary["not_compared"]
    assert n_flags > 72
    invoke(demo_lake, "execute", "--processes", "1")
    invoke(demo_lake, "label", "--comparator", "bird")
    rows, summary = compared(demo_lake)
    assert (summary["compared"], summary["not_compared"]) == (n_flags, 0)
    known = [row for row in rows if row["we_say"] != "unknown"]
    assert [(row["run"], row["position"], row["sample"], row["stage"]) for row in known] == [("rollouts", 0, 0, "planner")]
    assert {row["reason"] for row in rows if row["we_say"] == "unknown"} <= {"gold_error"}
    assert f"{n_flags:,} flags compared, {len(rows)} differ" in invoke(demo_lake, "label", "--compare-imported")
    assert compared(demo_lake, "--run", "other")[1] == {"comparator": "bird", "compared": 0, "differ": 0, "not_compared": 0}
    assert compared(demo_lake, "--comparator", "bag")[1]["not_compared"] == n_flags


@pytest.mark.slow
def test_real_flags_agree_with_the_bird_comparator(real_data: Path, tmp_path: Path) -> None:
    """12,826 flags that the official BIRD script gave: none differs under bird, and some do under strict."""
    lake = tmp_path / "lake"
    invoke(lake, "benchmark", "add", str(real_data / "spider" / "dev.json"), "--name", "spider_dev")
    (rollouts,) = (real_data / "mats").glob("sft_vf_*.jsonl")
    invoke(lake, "import", "mats", str(rollouts), "--benchmark", "spider_dev", "--run", "sft_vf")
    invoke(lake, "execute")
    invoke(lake, "label", "--comparator", "bird", "--comparator", "strict")
    assert compared(lake) == ([], {"comparator": "bird", "compared": 12826, "differ": 0, "not_compared": 0})
    assert compared(lake, "--comparator", "strict")[1]["differ"] > 0


@pytest.mark.slow
def test_published_verdicts_are_what_why_explains(real_data: Path, tmp_path: Path) -> None:
    """On real answers a wrong verdict of the official script comes with a difference, a right one with none."""
    lake = tmp_path / "lake"
    invoke(lake, "benchmark", "add", str(real_data / "bird" / "dev.json"), "--name", "bird_dev")
    answers = real_data / "bird" / "predictions" / "codes_1b_evidence.json"
    invoke(lake, "import", "bird", str(answers), "--benchmark", "bird_dev")
    invoke(lake, "execute")
    invoke(lake, "label", "--comparator", "bird")
    with (real_data / "bird" / "verdicts_superhero.csv").open(encoding="utf-8") as file:
        verdicts = [row for row in csv.DictReader(file) if row["system"] == "codes_1b_evidence"]
    assert len(verdicts) == 129
    for row in verdicts[:12]:
        line = invoke(
            lake, "label", "--why", f"id:{row['question_id']}", "--benchmark", "bird_dev", "--comparator", "bird", "--json"
        )
        group = json.loads(line)
        ((_, verdict, _, found),) = (tuple(opinion.values()) for opinion in group["opinions"])
        if group["result"]["status"] == "ok" and verdict != "unknown":
            assert (verdict == "wrong") is (found is not None)
        assert (verdict == "correct") is (row["bird_ex"] == "1")
