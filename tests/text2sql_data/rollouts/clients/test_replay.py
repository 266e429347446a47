"""Recorded completions are given again by their place: from a file, and from a run of the lake."""

import asyncio
import json
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import store
from text2sql_data.rollouts.clients import open_client
from text2sql_data.rollouts.clients.config import Replay
from text2sql_data.rollouts.clients.model import CallError, ClientError, Place, Reply, Request, Sampling, critique_subject

PLACES = st.tuples(
    st.integers(0, 50), st.sampled_from(["planner", "fixer", "turn 2"]), st.integers(0, 9), st.sampled_from(["", "select 0"])
)


_ID = "00000000-0000-0000-0000-00000000000"
RECORDED: dict[str, list[dict[str, object]]] = {
    "runs": [
        {"run": "mats", "benchmark": "b", "revision": "1", "system": "s", "format": "rollout", "sources": "[]", "config": "{}"}
        | {"added": datetime(2026, 1, 1)}  # noqa: DTZ001 - the column has no zone
    ],
    "candidates": [
        {"candidate": f"{_ID}{at}", "run": "mats", "position": 0, "sample": sample, "stage": stage, "step": 0}
        | {"sql": sql, "completion": completion}
        for at, (sample, stage, sql, completion) in enumerate(
            [
                (0, "planner", "SELECT 1", "Plan. SELECT 1"),
                (1, "planner", "SELECT 2", None),
                (2, "planner", None, None),
                (0, "fixer", "SELECT 3", None),
            ]
        )
    ],
    "critiques": [
        {"critique": f"{_ID}{at}", "candidate": f"{_ID}0", "validator": validator, "regime": "s", "ordinal": ordinal}
        | {"text": text, "verdict": "correct", "post_hoc": later}
        for at, (validator, ordinal, text, later) in enumerate(
            [("select", 1, "Conclude: correct.", None), ("judge", 0, "Fine.", True)]
        )
    ],
}


def ask(client_config: Replay, *places: Place, lake: store.Lake | None = None) -> list[Reply | BaseException]:
    """The replies to calls for places."""

    async def run() -> list[Reply | BaseException]:
        client = open_client(client_config, lake)
        calls = (client.complete(Request("any prompt", Sampling(), place)) for place in places)
        found = await asyncio.gather(*calls, return_exceptions=True)
        await client.close()
        return found

    return asyncio.run(run())


def written(path: Path, *lines: dict[str, object]) -> Replay:
    """A file of lines, to be replayed."""
    path.write_text("".join(f"{json.dumps(line)}\n" for line in lines), "utf-8")
    return Replay(file=str(path))


@given(recorded=st.dictionaries(PLACES, st.text()))
@settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_was_recorded_comes_back(tmp_path: Path, recorded: dict[tuple[int, str, int, str], str]) -> None:
    """Every place gives its own text, equal texts of different places included."""
    lines = [
        {"position": position, "stage": stage, "sample": sample, "subject": subject, "completion": text, "more": 1}
        for (position, stage, sample, subject), text in recorded.items()
    ]
    places = [Place(position, stage, (sample,), subject) for position, stage, sample, subject in recorded]
    found = ask(written(tmp_path / "recorded.jsonl", *lines), *places)
    assert [reply.completions[0].text for reply in found if isinstance(reply, Reply)] == list(recorded.values())


def test_a_place_that_was_not_recorded(tmp_path: Path) -> None:
    """The error names the place and what there is; samples are given up to the first that is missing."""
    lines = [{"position": 3, "stage": "planner", "sample": sample, "completion": "SELECT 1"} for sample in (0, 1, 3)]
    config = written(tmp_path / "recorded.jsonl", *lines)
    some, none, other = ask(
        config, Place(3, "planner", (0, 1, 2, 3)), Place(3, "planner", (2, 3)), Place(3, "fixer", (0,), "select 1")
    )
    assert isinstance(some, Reply)
    assert len(some.completions) == 2
    assert isinstance(none, CallError)
    assert isinstance(other, CallError)
    assert none.kind == other.kind == "not_recorded"
    assert "question 3, stage planner, sample 2" in str(none)
    assert "question 3, stage fixer, sample 0, select 1" in str(other)
    assert "planner" in none.hint


def test_log_probabilities_of_a_file(tmp_path: Path) -> None:
    """They come back with the number of tokens, where the file has them."""
    line = {"position": 0, "stage": "answer", "sample": 0, "completion": "x y", "logprobs": [-0.5, -0.25]}
    (reply,) = ask(written(tmp_path / "recorded.jsonl", line), Place(0, "answer", (0,)))
    assert isinstance(reply, Reply)
    assert (reply.completions[0].logprob, reply.completions[0].tokens) == (-0.75, 2)


@pytest.mark.parametrize(
    ("second", "says"),
    [
        ('{"position": 0, "stage": "answer", "sample": 0, "completion": "other"}', "line 2: another completion"),
        ('{"position": 0, "stage": "answer", "completion": "other"}', "line 2: Object missing required field `sample`"),
        ('{"position": 0', "line 2: Input data was truncated"),
    ],
)
def test_a_file_that_is_wrong(tmp_path: Path, second: str, says: str) -> None:
    """The error names the file and the line."""
    path = tmp_path / "recorded.jsonl"
    path.write_text('{"position": 0, "stage": "answer", "sample": 0, "completion": "one"}\n' + second + "\n", "utf-8")
    with pytest.raises(ClientError, match=says) as caught:
        open_client(Replay(file=str(path)))
    assert str(path) in str(caught.value)


def test_what_cannot_be_opened(lake: store.Lake, tmp_path: Path) -> None:
    """Neither or both, no lake, no run, no file."""
    for config in (Replay(), Replay(run="a", file="b")):
        with pytest.raises(ClientError, match="either a run or a file"):
            open_client(config, lake)
    with pytest.raises(ClientError, match="none is open"):
        open_client(Replay(run="a"))
    with pytest.raises(ClientError, match="no run a"):
        open_client(Replay(run="a"), lake)
    with pytest.raises(ClientError, match="cannot be read"):
        open_client(Replay(file=str(tmp_path / "nothing")))


def test_a_run_of_the_lake(lake: store.Lake) -> None:
    """Completions, the SQL where there is none, and critiques by validator and ordinal; none that came after the rollout."""
    with lake.commit("recorded") as commit:
        for table, rows in RECORDED.items():
            commit.append(table, rows)
    places = [
        Place(0, "planner", (0, 1)),
        Place(0, "fixer", (0,)),
        Place(0, "planner", (0,), critique_subject("select", 1)),
        Place(0, "planner", (0,), critique_subject("judge", 0)),
        Place(0, "planner", (2,)),
    ]
    planner, fixer, critique, later, nothing = ask(Replay(run="mats"), *places, lake=lake)
    assert isinstance(planner, Reply)
    assert isinstance(fixer, Reply)
    assert isinstance(critique, Reply)
    assert [one.text for one in planner.completions] == ["Plan. SELECT 1", "SELECT 2"]
    assert [one.text for one in fixer.completions] == ["SELECT 3"]
    assert [one.text for one in critique.completions] == ["Conclude: correct."]
    assert isinstance(later, CallError)
    assert isinstance(nothing, CallError)
    assert "planner (select 1)" in later.hint
