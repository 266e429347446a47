"""What reports over runs say: verdicts, reported accuracies, ambiguous ids, and votes, each against its definition."""

from collections.abc import Callable
from importlib.resources import files
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import store
from store.ids import content_id
from text2sql_data.lookups import QuestionNotFoundError
from text2sql_eval.reports.collab.inside import ReportedError, parse_reported
from text2sql_eval.reports.compared.verdicts import verdict
from text2sql_eval.reports.leaderboard.votes import curves
from text2sql_eval.reports.question.report import question_report
from text2sql_eval.statistics.curves import expected_majority

GAP = {"value": 0.01, "level": 0.95}


@given(st.floats(-1, 1), st.floats(-1, 1))
def test_no_winner_where_zero_is_inside(one: float, other: float) -> None:
    """Whatever the interval: a sentence names a winner only where the comparison did, and says where zero is inside."""
    lower, upper = sorted((one, other))
    pair: dict[str, Any] = {"a": "A", "b": "B", "winner": None, "note": "", "changes": {"warning": "", "things": []}}
    said = verdict({**pair, "gap": {**GAP, "lower": lower, "upper": upper}}, "EX")
    assert "no winner can be named" in said.text
    assert ("contains zero" in said.text) == (lower <= 0 <= upper)
    assert said.tone == "open"


def test_a_winner_is_named() -> None:
    """Where the comparison names one, so does the sentence, and warns where several things changed."""
    pair: dict[str, Any] = {"a": "A", "b": "B", "winner": "B", "note": "", "changes": {"warning": "two", "things": ["x", "y"]}}
    said = verdict({**pair, "gap": {"value": -0.02, "lower": -0.03, "upper": -0.01, "level": 0.95}}, "EX")
    assert said.text.startswith("B is better than A by 2.00 points of EX")
    assert said.tone == "warning"


def test_an_id_of_several_questions(lake: store.Lake, make_world: Callable[..., dict[str, Any]]) -> None:
    """Where an id is that of several questions the positions are said; a position is never ambiguous."""
    world = make_world([("d", "one"), ("d", "two"), ("d", "three")], {})
    world["questions"] = [{**row, "question_id": "137"} for row in world["questions"][:2]] + world["questions"][2:]
    with lake.commit("world") as commit:
        for table, rows in world.items():
            if rows:
                commit.append(table, rows)
    with pytest.raises(QuestionNotFoundError) as caught:
        question_report(lake, "made_up", "id:137")
    assert "0, 1" in str(caught.value.hint)
    assert question_report(lake, "made_up", "1")["question"] == "two"


@pytest.mark.parametrize("text", ["nobody:select=0.7", "a:select", "a:select=", "a:select=1.7", "a=0.5,0", "a=x,3"])
def test_what_was_reported_must_be_a_share_of_a_run(text: str) -> None:
    """A reported accuracy of another run, without a number, or beyond 1 is refused."""
    with pytest.raises(ReportedError):
        parse_reported(text, ["a", "b"])


def test_what_was_reported_is_read() -> None:
    """Shares and per cent mean the same; the number of pairs and the validator may be left out."""
    assert parse_reported("a:select=69.7%,33", ["a"]) == parse_reported("a:select=0.697,33", ["a"])
    assert parse_reported("a=0.5", ["a"])[1:] == ("all", 0.5, None)


def test_reward_accuracy_is_counted_over_known_pairs(lake: store.Lake, write_pairs: Callable[..., None]) -> None:
    """Pairs without log-probabilities are not in n; equal ones count as half; the mean over characters forgives length."""
    sides = [(-1.0, -2.0), (-2.0, -1.0), (-1.0, -1.0), (None, -1.0), (-6.0, -5.0)]
    critiques, pairs = [], []
    for place, values in enumerate(sides):
        names = [content_id(f"{place} {side}").hex for side in range(2)]
        for side, (name, value) in enumerate(zip(names, values, strict=True)):
            text = "long text " * 4 if (place, side) == (4, 0) else f"critique {place}{side}"
            key = {
                "critique": name,
                "candidate": content_id("c").hex,
                "validator": "select",
                "regime": "sft",
                "ordinal": place * 2 + side,
            }
            critiques.append({**key, "text": text, "verdict": "correct", "logprob": value})
        pair = {
            "type": "select_collab",
            "origin": "natural",
            "agent": "select",
            "run": "a",
            "chosen": f"c{place}",
            "rejected": f"r{place}",
        }
        pairs.append({**pair, "chosen_critique": names[0], "rejected_critique": names[1]})
    with lake.commit("critiques") as commit:
        commit.append("critiques", critiques)
    write_pairs(lake, "set", pairs)
    (found,) = (
        lake.sql((files("text2sql_eval") / "reports/collab/sql/reward_accuracy.sql").read_text("utf-8"), runs=["a"])
        .pl()
        .to_dicts()
    )
    assert (found["pairs"], found["n"], found["by_sum"], found["by_character"]) == (5, 4, 1.5, 2.5)


@given(st.integers(1, 7).flatmap(lambda n: st.lists(st.tuples(st.booleans(), st.integers(0, 3)), min_size=n, max_size=n)))
def test_votes_are_those_of_one_question(samples: list[tuple[bool, int]]) -> None:
    """The votes of a batch of patterns are what `expected_majority` gives for each; 0 is no vote."""
    right, places = [one for one, _ in samples], [place for _, place in samples]
    found = curves(np.array([right, right], dtype=np.int64), np.array([places, places], dtype=np.int64), len(samples))
    wanted = expected_majority(right, [place or None for place in places])
    assert found.tolist() == [pytest.approx(wanted), pytest.approx(wanted)]
