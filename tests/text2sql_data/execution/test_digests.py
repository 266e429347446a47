"""Digests are equal exactly when results are, in each of the senses that comparators need."""

from collections import Counter
from random import Random

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from text2sql_data.execution import digests
from text2sql_data.execution.digests import Digester, digest_rows, encode_row
from text2sql_data.execution.outcome import Cell, Row, Undecodable

INTEGERS = st.integers(-(2**63), 2**63 - 1)
CELLS: st.SearchStrategy[Cell] = st.one_of(
    st.none(),
    st.sampled_from([0, 1, 1.0, -0.0, 0.0, "1", b"1", "1.0", "", b"", 2**53, 2**53 + 1, float(2**53), 1e300, float("inf")]),
    INTEGERS,
    st.floats(allow_nan=False),
    st.text(max_size=5),
    st.binary(max_size=5),
    st.binary(max_size=3).map(lambda raw: Undecodable(raw + b"\xff")),
)


@st.composite
def results(draw: st.DrawFn, cells: st.SearchStrategy[Cell] = CELLS) -> list[Row]:
    """A result: rows of one width, with some of them repeated."""
    width = draw(st.integers(1, 4))
    rows = draw(st.lists(st.tuples(*[cells] * width), max_size=8))
    return rows + (draw(st.lists(st.sampled_from(rows), max_size=4)) if rows else [])


@st.composite
def pairs(draw: st.DrawFn) -> tuple[list[Row], list[Row]]:
    """Two results that are often equal in one sense and not in another."""
    first = draw(results(st.sampled_from([None, 0, 1, 1.0, "1", b"1", "a"])))
    second = draw(st.permutations(first))
    if first and draw(st.booleans()):
        second = [*second, draw(st.sampled_from(first))]
    if first and draw(st.booleans()):
        second = second[1:]
    if draw(st.booleans()):
        second = [tuple(float(cell) if type(cell) is int else cell for cell in row) for row in second]
    if draw(st.booleans()):
        second = [row[::-1] for row in second]
    return first, second


def of(rows: list[Row]) -> digests.Digests:
    return digest_rows(rows, len(rows[0]) if rows else 3)


def script_unorder_row(row: Row) -> Row:
    """The test-suite script's way to sort the cells of a row, for what Python's sqlite3 returns."""
    return tuple(sorted(row, key=lambda cell: str(cell) + str(type(cell))))


@given(pairs())
def test_digests_are_equalities(pair: tuple[list[Row], list[Row]]) -> None:
    """Set, bag and list digests are equal exactly when Python's set, Counter and list of the rows are."""
    first, second = pair
    assert (of(first).set == of(second).set) == (set(first) == set(second))
    assert (of(first).bag == of(second).bag) == (Counter(first) == Counter(second))
    assert (of(first).list == of(second).list) == (first == second)


@given(pairs())
def test_unordered_digests_repeat_the_script(pair: tuple[list[Row], list[Row]]) -> None:
    """Unordered digests are equal exactly when the test-suite script finds its unordered rows equal."""
    first, second = pair
    one, other = [script_unorder_row(row) for row in first], [script_unorder_row(row) for row in second]
    assert (of(first).unordered_set == of(second).unordered_set) == (set(one) == set(other))
    assert (of(first).unordered_list == of(second).unordered_list) == (one == other)


@given(results(), st.randoms(use_true_random=False))
def test_permuted_columns(rows: list[Row], random: Random) -> None:
    """Permuting the columns changes neither the columns digest nor the unordered ones; permuting rows not the columns digest."""
    order = list(range(len(rows[0]) if rows else 0))
    random.shuffle(order)
    permuted = [tuple(row[index] for index in order) for row in rows]
    assert of(permuted).columns == of(rows).columns
    assert of(permuted).unordered_set == of(rows).unordered_set
    assert of(permuted).unordered_list == of(rows).unordered_list
    assert of(rows[::-1]).columns == of(rows).columns


@given(CELLS, CELLS)
@example(1, "1").via("types")
@example(2**53, float(2**53)).via("equal across types")
@example(2**53 + 1, float(2**53)).via("equal only after rounding")
@example(b"1", Undecodable(b"1")).via("bytes of different types")
def test_encoding_is_injective(one: Cell, other: Cell) -> None:
    """Two cells have the same text exactly when Python finds them equal, and so have rows made of them."""
    assert (encode_row((one,)) == encode_row((other,))) == (one == other)
    assert (encode_row((one, other)) == encode_row((other, one))) == (one == other)


def test_sorting_of_undecodable_text() -> None:
    """TEXT that is not UTF-8 sorts by what is left of it when bad bytes are ignored, as the script reads it."""
    broken = Undecodable(b"b\xff")
    assert of([("c", broken, "a")]).unordered_list == of([("a", broken, "c")]).list


def test_large_results(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cells beyond the size from which many values are not remembered are hashed as those before."""
    rows: list[Row] = [(i, float(i), f"{i % 900}", i % 2) for i in range(1_000)]
    expected = of(rows)
    monkeypatch.setattr(digests, "_LARGE_RESULT", 1)
    assert of(rows) == expected


@given(results(), st.integers(1, 5))
def test_batches_do_not_matter(rows: list[Row], size: int) -> None:
    """However the rows are cut into batches, the digests are the same."""
    digester = Digester(len(rows[0]) if rows else 1)
    for start in range(0, len(rows), size):
        batch = rows[start : start + size]
        digester.update(batch, [encode_row(row) for row in batch])
    assert digester.finish() == of(rows)


def test_many_distinct_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """The distinct filter gives the same digest after it has spilt as before, duplicates across spills included."""
    rows: list[Row] = [(i % 700, str(i % 700)) for i in range(2_000)]
    expected = of(rows)
    monkeypatch.setattr(digests, "_DISTINCT_IN_SET", 100)
    digester = Digester(2)
    for start in range(0, len(rows), 50):
        digester.update(rows[start : start + 50], [encode_row(row) for row in rows[start : start + 50]])
    assert digester.finish() == expected


def test_forgetting_cells(monkeypatch: pytest.MonkeyPatch) -> None:
    """The hashes of cells that are remembered between batches do not change the digests when they are forgotten."""
    rows: list[Row] = [(i, i % 3, "x" * (i % 5)) for i in range(100)]
    expected = of(rows)
    monkeypatch.setattr(digests, "_REMEMBERED", 2)
    assert of(rows) == expected == of(rows)


def test_empty_results_are_one() -> None:
    """A result without rows has the same digests whatever its columns."""
    assert digest_rows([], 1) == digest_rows([], 5)


def test_one_column() -> None:
    """With one column the unordered digests are the plain ones."""
    found = of([(1,), ("a",), (1,)])
    assert (found.unordered_set, found.unordered_list) == (found.set, found.list)


def test_format_is_stable() -> None:
    """The digests of a small result are what they always were; if this must change, `limits.FORMAT` must grow."""
    rows: list[Row] = [(1, 2.5, "é'\"", b"\x00\xff", None), (3.0, 1e16, "", Undecodable(b"\xe9"), 2**62), (1, 2, "b", b"a", 0.1)]
    assert of(rows) == (
        "65708830d225dcac13aebef3db51a031",
        "d0efe198310b2465e8d0221ca2887e38",
        "14a85be4da4617749f82ee5429b332f5",
        "97f1828f834437e6d747b5210471dc02",
        "0346db8587e3b3871c7cc67845179d1d",
        "eacef2d62421d5b8055ddb1352498cc9",
    )
