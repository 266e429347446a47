"""MATS rollouts: both forms, nulls in their place, and critiques with their last conclusion."""

import json
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import store
from store import StoreError
from text2sql_data.importers import mats
from text2sql_data.importers.entries import Entry
from text2sql_data.importers.importing import Imported

Import = Callable[..., Imported]
SQL = st.none() | st.sampled_from(["SELECT 1", "SELECT 2", ""])
ROLLOUTS = st.lists(st.tuples(SQL, SQL, st.none() | st.booleans(), st.none() | st.text("ab", max_size=3)), max_size=8)


@given(rollouts=ROLLOUTS)
def test_forms_agree(rollouts: list[tuple[str | None, str | None, bool | None, str | None]]) -> None:
    """Trajectories and parallel lists of the same content give the same candidates, wherever the nulls are."""
    trajectories = {
        "question_id": 1,
        "trajectories": [
            {"planner_sql": sql, "fixed_sql": fixed, "planner_exec_ok": ok, "fb_join": critique}
            for sql, fixed, ok, critique in rollouts
        ],
    }
    lists = {
        "question_id": 1,
        "predict_sqls": [sql for sql, *_ in rollouts],
        "fixed_sqls": [fixed for _, fixed, *_ in rollouts],
        "first_try_has_errors": [None if ok is None else not ok for _, _, ok, _ in rollouts],
        "feedback_joins": [critique for *_, critique in rollouts],
    }
    as_trajectories, as_lists = (mats.answer(Entry(1, None, json.dumps(row).encode())) for row in (trajectories, lists))
    assert as_trajectories == as_lists
    fixes = {candidate.sample: candidate.sql for candidate in as_lists.candidates if candidate.stage == "fixer"}
    assert fixes == {sample: fixed for sample, (_, fixed, *_) in enumerate(rollouts) if fixed is not None}


@given(rollouts=ROLLOUTS.filter(len), name=st.sampled_from(["fixed_sqls", "feedback_selects", "planners", "prompt_fix"]))
@settings(suppress_health_check=[HealthCheck.filter_too_much])
def test_lists_of_another_length(rollouts: list[tuple[str | None, ...]], name: str) -> None:
    """A list from which nulls were filtered is refused: nobody can say any more what belongs to what."""
    row = {"question_id": 1, "predict_sqls": ["x"] * len(rollouts), name: ["x"] * (len(rollouts) - 1)}
    with pytest.raises(ValueError, match=f"{name} has {len(rollouts) - 1} items beside {len(rollouts)} predict_sqls"):
        mats.answer(Entry(1, None, json.dumps(row).encode()))


def test_neither_form(small: store.Lake, import_one: Import) -> None:
    """A row in neither form says what was looked for."""
    with pytest.raises(StoreError, match=r"line 1: neither `trajectories` nor parallel lists: .*predict_sqls"):
        import_one(small, "mats", '{"question_id": 10}')


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("SELECT.\nFine.\nConclude: correct.", "correct"),
        ("Conclude: incorrect.", "incorrect"),
        ("CONCLUDE : **Incorrect**", "incorrect"),
        ("Conclusion: correct", "correct"),
        ("One might conclude: correct. But no. Conclude: incorrect.", "incorrect"),
        ("It is incorrect.", "unparsed"),
        ("conclude: maybe", "unparsed"),
    ],
)
def test_verdict_of_a_critique(small: store.Lake, import_one: Import, text: str, verdict: str) -> None:
    """The last conclusion of a critique is its verdict; without one it is unparsed."""
    row = {"question_id": 10, "trajectories": [{"planner_sql": "x", "fb_select": text}]}
    import_one(small, "mats", json.dumps(row), run="r")
    assert small.sql("SELECT validator, regime, text, verdict FROM critiques").fetchall() == [("select", "r", text, verdict)]


def test_nulls_are_no_sql(small: store.Lake, import_one: Import) -> None:
    """A planner without SQL keeps its place as a candidate without SQL; a fixer that was not called leaves none."""
    rollouts = [{"planner_sql": None, "fixed_sql": "a"}, {"planner_sql": "b", "fixed_sql": None}]
    import_one(small, "mats", json.dumps({"question_id": 10, "trajectories": rollouts}))
    found = small.sql("SELECT sample, stage, sql, sql_id IS NULL FROM candidates ORDER BY ALL").fetchall()
    assert found == [(0, "fixer", "a", False), (0, "planner", None, True), (1, "planner", "b", False)]
