"""Equality under a permutation of the columns, against every permutation tried."""

from collections import Counter
from itertools import permutations, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from text2sql_data.comparators.permutation import same_under_permutation
from text2sql_data.execution.outcome import Cell, Row, Undecodable

CELLS = st.sampled_from([None, 0, 1, 1.0, 1.5, "1", "a", "", b"a", b"1"])


def brute_force(gold: list[Row], candidate: list[Row], *, ordered: bool) -> bool:
    """The relation as the evaluator states it: its first test on sorted rows, then any order of the columns."""
    if not gold and not candidate:
        return True
    if len(gold) != len(candidate) or len(gold[0]) != len(candidate[0]):
        return False

    def key(cell: Cell) -> str:
        return f"{cell}{type(cell)}"

    first, second = ([tuple(sorted(row, key=key)) for row in rows] for rows in (gold, candidate))
    if (first != second) if ordered else (set(first) != set(second)):
        return False
    orders = permutations(range(len(gold[0])))
    rearranged = ([tuple(row[i] for i in order) for row in candidate] for order in orders)
    return any(rows == gold if ordered else Counter(rows) == Counter(gold) for rows in rearranged)


@st.composite
def two_results(draw: st.DrawFn) -> tuple[list[Row], list[Row]]:
    """A result, and the same with columns and rows moved and perhaps one cell changed, or another one."""
    width, height = draw(st.integers(1, 4)), draw(st.integers(0, 5))
    cells = draw(st.sampled_from([CELLS, st.sampled_from([0, 1]), st.sampled_from(["a", "b", None])]))
    row = st.tuples(*[cells] * width)
    gold = draw(st.lists(row, min_size=height, max_size=height))
    if draw(st.booleans()):
        return gold, draw(st.lists(row, min_size=height, max_size=height))
    order = draw(st.permutations(range(width)))
    candidate = [tuple(cells[i] for i in order) for cells in gold]
    if draw(st.booleans()):
        candidate = draw(st.permutations(candidate))
    if candidate and draw(st.booleans()):
        candidate[0] = (draw(cells), *candidate[0][1:])
    return gold, list(candidate)


@given(results=two_results(), ordered=st.booleans())
def test_agrees_with_every_permutation(results: tuple[list[Row], list[Row]], ordered: bool) -> None:
    """The search finds an order of the columns exactly where trying all of them does."""
    gold, candidate = results
    assert same_under_permutation(gold, candidate, ordered=ordered) == brute_force(gold, candidate, ordered=ordered)
    assert same_under_permutation(gold, gold, ordered=ordered)


@pytest.mark.parametrize(
    ("gold", "candidate", "ordered", "same"),
    [
        ([(1, "a"), (2, "b")], [("a", 1), ("b", 2)], True, True),
        ([(1, "a"), (2, "b")], [("b", 2), ("a", 1)], True, False),
        ([(1, "a"), (2, "b")], [("b", 2), ("a", 1)], False, True),
        ([(1, 2), (2, 1)], [(1, 1), (2, 2)], False, False),
        ([(1,), (1,), (2,)], [(1,), (2,), (2,)], False, False),
        ([(1,)], [(1, 1)], False, False),
        ([], [], True, True),
        ([], [(1,)], False, False),
        ([(Undecodable(b"caf\xe9"),)], [("caf",)], False, True),
    ],
)
def test_cases(gold: list[Row], candidate: list[Row], ordered: bool, same: bool) -> None:
    """Order, duplicates, widths, empty results, columns that agree one by one only, and text that is not UTF-8."""
    assert same_under_permutation(gold, candidate, ordered=ordered) is same


def test_many_equal_columns() -> None:
    """Thirty equal columns have more orders than anyone could try; of equal columns only one is tried."""
    rows: list[Row] = [(*[0] * 29, 1), (*[0] * 29, 2)]
    moved: list[Row] = [(1, *[0] * 29), (2, *[0] * 29)]
    assert same_under_permutation(rows, moved, ordered=True)
    assert not same_under_permutation(rows, [(1, *[0] * 29), (3, *[0] * 29)], ordered=False)


def test_a_pair_that_a_plain_search_would_not_finish() -> None:
    """Results whose columns are alike one by one and in most groups, but not together, are told apart at once."""
    rows = list(product((0, 1), repeat=11))
    even = [row for row in rows if sum(row) % 2 == 0]
    odd = [row for row in rows if sum(row) % 2]
    assert not same_under_permutation([*even * 3, *odd], [*odd * 3, *even], ordered=False)
