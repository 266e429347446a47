"""Which stage comes after which, what is said of samples, and charts whose texts stay texts."""

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from text2sql_data.lookups import NameNotFoundError
from text2sql_eval.comparison.comparing import NotComparableError
from text2sql_eval.reports import charts
from text2sql_eval.reports.blocks import Chart, Table
from text2sql_eval.reports.trajectory.drawn import drawn
from text2sql_eval.reports.trajectory.options import parents_of, sources_of
from text2sql_eval.reports.trajectory.step_layout import steps
from text2sql_eval.reports.trajectory.trained import section
from text2sql_eval.reports.trajectory.training import differing

NAMES = st.lists(st.text(min_size=1, max_size=5), min_size=2, max_size=6, unique=True)
EVIL = "'][0]; alert(1) //</script>\\"


@given(NAMES, st.data())
def test_every_stage_comes_after_an_earlier_one(runs: list[str], data: st.DataObject) -> None:
    """Whatever was asked for: all but the first have one parent, which is before them, and is what was asked for if it was."""
    chosen = data.draw(st.lists(st.sampled_from(range(1, len(runs))), unique=True))
    after = {runs[place]: runs[data.draw(st.integers(0, place - 1))] for place in chosen}
    found = parents_of(runs, after)
    assert list(found) == runs[1:]
    assert all(runs.index(parent) < runs.index(child) for child, parent in found.items())
    assert after.items() <= found.items()
    assert all(runs.index(found[run]) == runs.index(run) - 1 for run in runs[1:] if run not in after)


@pytest.mark.parametrize("after", [{"b": "nobody"}, {"nobody": "a"}])
def test_an_unknown_stage_is_refused(after: dict[str, str]) -> None:
    """--after names stages only; the error lists them."""
    with pytest.raises(NameNotFoundError, match="nobody") as caught:
        parents_of(["a", "b"], after)
    assert "a, b" in str(caught.value.hint)
    with pytest.raises(NameNotFoundError, match="nobody"):
        sources_of(["a", "b"], {"nobody": "c"})


@pytest.mark.parametrize(("runs", "after"), [(["a"], {}), (["a", "a"], {}), (["a", "b"], {"b": "b"}), (["a", "b"], {"a": "b"})])
def test_what_is_no_order_is_refused(runs: list[str], after: dict[str, str]) -> None:
    """One run, a run twice, and a stage after itself or a later one have no steps."""
    with pytest.raises(NotComparableError):
        parents_of(runs, after)


def test_two_stages_have_two_greedy_runs() -> None:
    """The greedy answers of one run cannot be those of two stages."""
    assert sources_of(["a", "b"], {"a": "c"}) == {"a": "c", "b": "b"}
    with pytest.raises(NotComparableError, match="c"):
        sources_of(["a", "b"], {"a": "c", "b": "c"})


def stage(run: str, greedy: list[float], first: list[float], further: list[float], source: str | None = None) -> dict[str, Any]:
    """What is known of a stage's samples."""
    temperatures = {"greedy": greedy, "first": first, "further": further}
    return {"run": run, "greedy_run": source or run, "temperatures": temperatures, "samples": 9, "n": 10, "excluded": {}}


def test_what_is_not_greedy_is_said() -> None:
    """A warm first sample, a greedy sample among the K, a warm greedy run and unknown samples are said; a clean pair is not."""
    assert list(drawn([stage("a", [0], [0.8], [0.8], "b")], 8)) == []
    for found, words in (
        (stage("a", [0.8], [0.8], [0.8]), "--greedy-run"),
        (stage("a", [0], [0], [0.8]), "one of the 9 samples"),
        (stage("a", [1.0], [0.8], [0.8], "b"), "this is not greedy decoding"),
        (stage("a", [], [], []), "is not known"),
    ):
        (said,) = drawn([found], 8)
        assert words in said


@pytest.mark.parametrize("kind", ["stages", "gains", "training"])
def test_texts_in_charts_stay_texts(kind: str) -> None:
    """Hostile names are data or JSON constants in a specification, in expressions too; nothing else of it changes with them."""
    pytest.importorskip("altair")

    def made(name: str, other: str) -> str:
        bounds = {"value": 1.0, "lower": 0.5, "upper": 2.0, "n": 3, "version": None, "series": name}
        rows = [
            {**bounds, "stage": name, "place": 0, "after": None, "label": name, "step": 1},
            {**bounds, "stage": other, "place": 1, "after": 0, "label": other, "step": 2},
        ]
        chart = Chart("c", "t", "", kind, {"rows": rows, "lines": [name], "stages": [name, other]}, Table("t", "", [], []))
        return re.sub("data-[0-9a-f]+", "data", json.dumps(charts.spec(chart, [])))

    hostile, plain = made(EVIL, EVIL + "2"), made("first name", "second name")
    once, twice = json.dumps(EVIL)[1:-1], json.dumps(json.dumps(EVIL)[1:-1])[1:-1]
    assert (
        hostile.replace(twice + "2", "second name")
        .replace(twice, "first name")
        .replace(once + "2", "second name")
        .replace(once, "first name")
        == plain
    )


def test_a_training_is_shown_once() -> None:
    """Two stages of one model are one row; curves are there where the trainer has logged some."""
    curve = [{"step": 1, "loss": 2.0, "logps/chosen": -1.0}, {"step": 2, "loss": 1.0}, {"step": 2, "eval_loss": 1.5}]
    model = {
        "run": "a", "agent": "m", "model": "m@1", "trainer": "dpo", "pin": "d@1", "pin_digest": "ab" * 32, "base": "b",
        "steps": 2, "loss": 1.0, "eval_loss": 1.5, "reward_accuracy": 0.5, "curve": curve,
    }  # fmt: skip
    found = section({"stages": [{"run": "a", "models": [model]}, {"run": "b", "models": [model | {"run": "b"}]}]})
    assert found is not None
    table, *drawn_ = found.blocks
    assert isinstance(table, Table)
    assert [row[0].note for row in table.rows] == ["runs a, b"]
    assert [block.name for block in drawn_ if isinstance(block, Chart)] == ["loss-0"]  # one point is no curve
    assert section({"stages": [{"run": "a", "models": []}]}) is None


@pytest.mark.parametrize(
    ("own", "other", "said"),
    [
        ([], [], None),
        (["m@1"], ["m@1"], None),
        (["m@1", "n@1"], ["n@1", "m@1"], None),
        (["m@1"], [], "b, which names no model of the lake, while a names m@1"),
        ([], ["m@1"], "b, which names m@1, while a names no model of the lake"),
        (["m@1"], ["m@2"], "b, which names m@2, while a names m@1"),
    ],
)
def test_other_models_of_greedy_answers_are_said(own: list[str], other: list[str], said: str | None) -> None:
    """Where the run of a stage and that of its greedy answers name other models, of which one may not be known."""
    models = [*({"run": "a", "model": one} for one in own), *({"run": "b", "model": one} for one in other)]
    found = list(differing([{"run": "a", "greedy_run": "b", "models": models}]))
    assert len(found) == (said is not None)
    assert said is None or said in found[0]


def test_a_stage_with_its_own_greedy_answers_has_one_run() -> None:
    """Nothing can differ there."""
    assert list(differing([{"run": "a", "greedy_run": "a", "models": [{"run": "a", "model": "m@1"}]}])) == []


@pytest.mark.parametrize(("wins", "losses", "p_value"), [(None, None, None), (0, 3, 0.25)])
def test_what_is_not_counted_is_a_dash(wins: int | None, losses: int | None, p_value: float | None) -> None:
    """A figure without yes or no has no questions won and lost, and no p; zero is shown where it was counted."""
    greedy = {
        "n": 9, "k": 4, "before": 0.5, "value": 0.25, "gap": -0.25, "lower": -0.5, "upper": 0.5, "shown": "cannot be told",
        "note": "", "wins": 1, "losses": 2, "p_value": 1.0,
    }  # fmt: skip
    oracle = greedy | {"wins": wins, "losses": losses, "p_value": p_value}
    step = {"stage": "b", "after": "a", "changes": {"things": []}, "figures": {"greedy": greedy, "oracle": oracle}}
    made = steps({"metrics": ["greedy", "oracle"], "k": 4, "steps": [step]})
    (table,) = [block for block in made.blocks if isinstance(block, Table)]
    shown = [[cell.text for cell in row[-4:-1]] for row in table.rows if row[0].text == "oracle@4"]
    assert shown == [["\N{EN DASH}"] * 3 if wins is None else ["0", "3", "0.25"]]


@pytest.mark.parametrize("kind", ["stages", "gains"])
def test_charts_without_intervals(kind: str) -> None:
    """Where nothing has an interval, no mark asks for bounds: a browser would warn of a scale without an extent."""
    pytest.importorskip("altair")
    rows = [
        {"version": None, "series": "EX", "label": "a", "stage": "a", "place": 0, "after": None, "value": -1.0, "lower": None}
        | {"upper": None, "n": 3}
    ]
    chart = Chart("c", "t", "", kind, {"rows": rows, "lines": ["EX"], "stages": ["a"]}, Table("t", "", [], []))
    marks = [layer["encoding"] for layer in charts.spec(chart, [])["layer"]]
    assert not any(("x2" in of and of["x2"].get("field") == "upper") or "y2" in of for of in marks)
