"""Published files: imported, exported and imported again, a run has the same rows."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import store
from text2sql_data.benchmarks import read
from text2sql_data.benchmarks.adding import add_benchmark
from text2sql_data.exporters.exporting import Exported, Options, export_run
from text2sql_data.exporters.one_line import one_line

pytestmark = pytest.mark.slow  # whole flows over whole lakes

Rows = Callable[[store.Lake, str], dict[str, list[tuple[Any, ...]]]]
Bring = Callable[..., None]
RoundTrip = Callable[..., tuple[Exported, Path]]


def lines(path: Path) -> list[dict[str, Any]]:
    """The objects of JSON lines."""
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


@pytest.mark.parametrize(
    "name",
    [
        "greedy_passAt1_spider_dev.jsonl",
        "parallel_lists_form.jsonl",
        *(f"{name}_passAt8_spider_dev.jsonl" for name in ("sft_vf", "collab", "indep")),
    ],
)
def test_mats(published_lake: store.Lake, real_data: Path, rows: Rows, bring: Bring, round_trip: RoundTrip, name: str) -> None:
    """Both MATS forms come back column by column, and nothing is left out."""
    bring(published_lake, "mats", real_data / "mats" / name, "spider")
    done, _ = round_trip(published_lake, "r", "mats", "spider")
    before, after = rows(published_lake, "r"), rows(published_lake, "back")
    regimes = {row[5] for row in before["critiques"]}
    assert regimes == {"r"}
    assert after == before
    assert done.left == {}
    assert (done.candidates, done.critiques) == (len(before["candidates"]), len(before["critiques"]))
    assert done.comparator == ("file:r" if before["labels"] else None)
    assert published_lake.check() == []


def test_mats_has_the_fields_of_the_published_file(
    published_lake: store.Lake, real_data: Path, bring: Bring, tmp_path: Path
) -> None:
    """A line says what the published line says, apart from the flag of a fixer that was not called, and where the database is."""
    path = real_data / "mats/greedy_passAt1_spider_dev.jsonl"
    bring(published_lake, "mats", path, "spider")
    export_run(published_lake, "r", "mats", tmp_path / "out.jsonl")
    for theirs, ours in zip(lines(path), lines(tmp_path / "out.jsonl"), strict=True):
        assert theirs.pop("db_path")
        assert theirs.pop("question_id") == ours["position"]
        for trajectory in theirs["trajectories"]:
            if trajectory["fixed_sql"] is None:
                trajectory["is_fixed_correct"] = None
        trajectories = theirs.pop("trajectories")
        assert {name: ours[name] for name in theirs} == theirs
        for their, our in zip(trajectories, ours["trajectories"], strict=True):
            assert {name: our[name] for name in their} == their


@pytest.mark.parametrize("format_name", ["trajectories", "grpo"])
def test_repair(
    published_lake: store.Lake, real_data: Path, rows: Rows, bring: Bring, round_trip: RoundTrip, format_name: str
) -> None:
    """Repair trajectories come back column by column from either form, with their prompts, parents, times and flags."""
    bring(published_lake, "trajectories", real_data / "trajectories/trajectories.jsonl", "spider")
    done, _ = round_trip(published_lake, "r", format_name, "spider")
    assert rows(published_lake, "back") == rows(published_lake, "r")
    assert (done.questions, done.candidates, done.flagged, done.left) == (1034, 4506, 4506, {})


def test_trajectories_have_the_fields_of_the_published_file(
    published_lake: store.Lake, real_data: Path, bring: Bring, tmp_path: Path
) -> None:
    """Status, turn, flag, error, time and reward of each attempt are those of the published file."""
    path = real_data / "trajectories/trajectories.jsonl"
    bring(published_lake, "trajectories", path, "spider")
    export_run(published_lake, "r", "trajectories", tmp_path / "out.jsonl")
    same = ("question", "db_id", "gold_sql", "prompt", "status")
    in_attempts = ("sql", "turn", "ok", "correct", "error", "elapsed_ms", "reward", "raw_text")
    for theirs, ours in zip(lines(path), lines(tmp_path / "out.jsonl"), strict=True):
        assert {name: ours[name] for name in same} == {name: theirs[name] for name in same}
        assert [{name: attempt[name] for name in in_attempts} for attempt in ours["candidates"]] == [
            {name: attempt[name] for name in in_attempts} for attempt in theirs["candidates"]
        ]


def test_grpo(published_lake: store.Lake, real_data: Path, rows: Rows, bring: Bring, round_trip: RoundTrip) -> None:
    """The published rollouts are the turns of the published trajectories, and come back with every response and reward."""
    path = real_data / "trajectories/grpo_rollouts.jsonl"
    bring(published_lake, "trajectories", real_data / "trajectories/trajectories.jsonl", "spider", "turns")
    bring(published_lake, "grpo", path, "spider")
    turns, rollouts = (rows(published_lake, run)["candidates"] for run in ("turns", "r"))
    # A response is written from the SQL, so it need not be the completion; times are not in this file.
    assert [(*row[:8], *row[9:11], row[12]) for row in rollouts] == [(*row[:8], *row[9:11], row[12]) for row in turns]
    assert rows(published_lake, "r")["labels"] == rows(published_lake, "turns")["labels"]
    _, file = round_trip(published_lake, "r", "grpo", "spider")
    assert rows(published_lake, "back") == rows(published_lake, "r")
    same = ("turn", "correct", "ok", "error", "rule_reward")
    for theirs, ours in zip(lines(path), lines(file), strict=True):
        assert (ours["prompt"], ours["gold_sql"]) == (theirs["prompt"], theirs["gold_sql"])
        for their, our in zip(theirs["completions"], ours["completions"], strict=True):
            assert (our["response"], our["reward"]) == (their["response"], their["reward"])
            assert {name: our["meta"][name] for name in same} == {name: their["meta"][name] for name in same}


@pytest.mark.parametrize("format_name", ["spider", "bird"])
def test_spider_predictions(
    published_lake: store.Lake, real_data: Path, rows: Rows, bring: Bring, round_trip: RoundTrip, format_name: str
) -> None:
    """What a system answered comes back from either form of predictions."""
    bring(published_lake, "spider", real_data / "spider/predictions/din_sql_codex.sql", "spider")
    done, _ = round_trip(published_lake, "r", format_name, "spider")
    assert rows(published_lake, "back") == rows(published_lake, "r")
    assert (done.questions, done.left) == (1034, {})


def test_bird_predictions(published_lake: store.Lake, real_data: Path, rows: Rows, bring: Bring, round_trip: RoundTrip) -> None:
    """All systems come back from BIRD's form; on lines, their SQL is put on one, and empty lines stand for what a run lacks."""
    add_benchmark(published_lake, "bird", read(real_data / "bird/dev.json"))
    for number, path in enumerate(sorted((real_data / "bird/predictions").glob("*.json"))):
        run = path.stem
        bring(published_lake, "bird", path, "bird", run)
        done, file = round_trip(published_lake, run, "bird", "bird", back=f"back{number}")
        before = rows(published_lake, run)
        assert rows(published_lake, f"back{number}") == before
        assert done.left == {}
        published = json.loads(path.read_text("utf-8"))
        held = json.loads(file.read_text("utf-8"))
        assert {key: value.partition("\t----- bird")[0] for key, value in held.items()} == {
            key: str(value).partition("\t----- bird")[0].strip() for key, value in published.items()
        }
        sqls = {row[0]: row[6] for row in before["candidates"]}
        done, file = round_trip(published_lake, run, "spider", "bird", back=f"lines{number}")
        after = {row[0]: row[6] for row in rows(published_lake, f"lines{number}")["candidates"]}
        assert after == {position: one_line(sqls.get(position) or "") or None for position in range(1534)}
        changed = sum(sql is not None and one_line(sql) != sql for sql in sqls.values())
        assert done.left.get("SQL put on one line, or without the white space around it", 0) == changed
        assert done.left.get("questions that the run lacks: empty lines", 0) == 1534 - len(sqls)
        assert done.questions == len(sqls)


def test_one_answer_of_several(
    published_lake: store.Lake, real_data: Path, rows: Rows, bring: Bring, round_trip: RoundTrip
) -> None:
    """Of planner and fixer, the first SQL of a sample is the planner's, and the final one is the view's by its gate."""
    bring(published_lake, "mats", real_data / "mats/parallel_lists_form.jsonl", "spider")
    total = published_lake.counts()["candidates"]
    for number, (sample, final, gate) in enumerate([(0, False, "exec_ok"), (3, True, "exec_ok"), (3, True, "always")]):
        options = Options(sample=sample, final=final, gate=gate)
        done, _ = round_trip(published_lake, "r", "bird", "spider", options, back=f"back{number}")
        expected = dict(
            published_lake.sql(
                "SELECT position, sql FROM answers WHERE run = 'r' AND sample = $sample AND gate = $gate",
                sample=sample,
                gate=gate,
            ).fetchall()
            if final
            else published_lake.sql(
                "SELECT position, sql FROM candidates WHERE run = 'r' AND sample = $sample AND stage = 'planner'", sample=sample
            ).fetchall()
        )
        assert {row[0]: row[6] for row in rows(published_lake, f"back{number}")["candidates"]} == expected
        assert len(expected) == done.questions == 200
        assert done.left == {
            "questions that the run lacks": 834,
            "other candidates": total - 200,
            "critiques": published_lake.counts()["critiques"],
        }
        assert f"sample {sample}" in done.taken
        assert (gate in done.taken) == final
