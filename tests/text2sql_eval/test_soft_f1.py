"""Soft-F1: BIRD's definition stated as cases by hand, each with its counts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from text2sql_data.execution.outcome import Row
from text2sql_eval.statistics.soft_f1 import soft_f1

CASES: list[tuple[str, list[Row], list[Row], float]] = [
    ("equal results have 1", [(1, "a"), (2, "b")], [(1, "a"), (2, "b")], 1.0),
    ("two empty results have 1", [], [], 1.0),
    ("an empty result against rows has 0", [], [(1,)], 0.0),
    ("rows against an empty gold have 0", [(1,)], [], 0.0),
    ("integers equal reals", [(1,)], [(1.0,)], 1.0),
    ("the order of the columns does not count", [("a", 1)], [(1, "a")], 1.0),
    ("repeated rows are dropped", [(1,), (1,), (2,)], [(1,), (2,)], 1.0),
    # The i-th row meets the i-th row: both rows miss, matched 0.
    ("the order of the rows counts", [(2,), (1,)], [(1,), (2,)], 0.0),
    # Row 1: matched 1/2, only predicted 1/2, only gold 1/2. F1 = 2 * .5 / (2 * .5 + .5 + .5).
    ("half of the values", [(1, "x")], [(1, "a")], 0.5),
    # A column too few: matched 1/2, only gold 1/2. F1 = 1 / (1 + .5).
    ("a column too few", [(1,)], [(1, "a")], 2 / 3),
    # A column too many, divided by the gold's width 1: matched 1, only predicted 1. F1 = 2 / (2 + 1).
    ("a column too many", [(1, "a")], [(1,)], 2 / 3),
    # Row 1 matched 1; row 2 is the gold's alone: only gold 1. F1 = 2 / (2 + 1).
    ("a row too few", [(1,)], [(1,), (2,)], 2 / 3),
    ("a row too many", [(1,), (2,)], [(1,)], 2 / 3),
    # A value is found as often as it stands there: matched 2/2, only gold 1/2 for the value that is missing. F1 = 2 / (2 + .5).
    ("a value twice in a row", [(1, 1)], [(1, 2)], 0.8),
    # As BIRD's example counts: rows (1/2, 1/2, 1/2), then a row of the gold alone (0, 0, 1). F1 = 1 / (1 + .5 + 1.5).
    ("half a row and a row too few", [(1, "x")], [(1, "a"), (2, "b")], 1 / 3),
    ("NULL equals NULL", [(None,)], [(None,)], 1.0),
    ("text is no number", [("1",)], [(1,)], 0.0),
]

ROWS = st.lists(st.tuples(st.integers(0, 3), st.sampled_from("ab")), max_size=5)


@pytest.mark.parametrize(("predicted", "gold", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_the_definition(predicted: list[Row], gold: list[Row], expected: float) -> None:
    """Each case is one sentence of the definition."""
    assert soft_f1(predicted, gold) == pytest.approx(expected, abs=1e-12)


@given(predicted=ROWS, gold=ROWS)
def test_it_is_two_times_precision_times_recall_by_their_sum(predicted: list[Row], gold: list[Row]) -> None:
    """Written down as precision and recall, over lists padded to one length, it gives the same."""
    ours, theirs = list(dict.fromkeys(predicted)), list(dict.fromkeys(gold))
    matched = precision_base = recall_base = 0.0
    for index in range(max(len(ours), len(theirs))):
        if index >= len(theirs):
            precision_base += 1
        elif index >= len(ours):
            recall_base += 1
        else:
            hits = sum(value in theirs[index] for value in ours[index]) / 2
            matched += hits
            precision_base += hits + sum(value not in theirs[index] for value in ours[index]) / 2
            recall_base += hits + sum(value not in ours[index] for value in theirs[index]) / 2
    precision = matched / precision_base if precision_base else 0.0
    recall = matched / recall_base if recall_base else 0.0
    both = precision + recall
    expected = 1.0 if not ours and not theirs else 2 * precision * recall / both if both else 0.0
    assert soft_f1(predicted, gold) == pytest.approx(expected, abs=1e-9)
