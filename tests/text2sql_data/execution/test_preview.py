"""Previews give every SQLite value back, or say that they do not."""

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from text2sql_data.execution.outcome import Cell, Undecodable
from text2sql_data.execution.preview import Cut, decode_preview, decode_rows, encode_preview

CELLS = st.one_of(
    st.none(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False),
    st.text(),
    st.binary(),
    st.binary().map(lambda raw: Undecodable(raw + b"\xff")),
)


def same(one: object, other: object) -> bool:
    """Equal and of one type, down to the sign of zero."""
    return type(one) is type(other) and repr(one) == repr(other)


@given(st.lists(st.lists(CELLS, max_size=4).map(tuple), max_size=4))
@example([(2.0, -0.0, 1e16, 1e300, float("inf"), float("-inf"), 5e-324)])
@example([(2**53, 2**53 + 1, -(2**63), 0)])
@example([("\0", '"', "\u2028", "😀", "{}", '{"blob": "00"}')])
def test_round_trip(rows: list[tuple[Cell, ...]]) -> None:
    """Rows come back with the same values of the same types."""
    text = encode_preview(rows)
    for row, back in zip(rows, decode_rows(text), strict=True):
        assert len(row) == len(back)
        assert all(map(same, row, back)), (row, back)


@given(st.lists(st.tuples(CELLS, CELLS), max_size=3))
def test_any_reader_can_read_it(rows: list[tuple[Cell, ...]]) -> None:
    """A preview is strict JSON: no NaN, no Infinity, and numbers that a reader of doubles keeps."""

    def refuse(constant: str) -> None:
        raise AssertionError(constant)

    for row in json.loads(encode_preview(rows), parse_constant=refuse, parse_int=float):
        for cell in row:
            assert not isinstance(cell, float) or abs(cell) <= 2**53 or cell in {c for r in rows for c in r}


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("abcdef", Cut("abc", 6)),
        ("abc", "abc"),
        (b"abcdef", Cut(b"abc", 6)),
        (Undecodable(b"abcde\xff"), Cut(Undecodable(b"abc"), 6)),
        (123456, 123456),
        (1234.5, 1234.5),
    ],
)
def test_cut(cell: Cell, expected: Cell | Cut) -> None:
    """A long text, BLOB or broken text keeps its start, its type and its length; numbers are never cut."""
    assert decode_preview(encode_preview([(cell,)], 3)) == [[expected]]


def test_forms() -> None:
    """The JSON is the documented one."""
    rows: list[tuple[Cell, ...]] = [(None, 1, 2.0, "é", 2**60, float("-inf"), b"\x01", Undecodable(b"\xff"), "long text")]
    assert json.loads(encode_preview(rows, 5)) == [
        [None, 1, 2.0, "é", {"int": str(2**60)}, {"real": "-inf"}, {"blob": "01"}, {"bytes": "ff"}, {"cut": "long ", "length": 9}]
    ]


def test_rows_are_not_read_from_a_preview() -> None:
    """Cut values cannot be taken for whole ones."""
    with pytest.raises(ValueError, match="cut"):
        decode_rows(encode_preview([("abc",)], 1))
