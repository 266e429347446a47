"""Results as text: one line a row whatever the values, and a mark wherever something was cut."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from text2sql_data.execution.outcome import Undecodable
from text2sql_data.execution.preview import encode_preview
from text2sql_data.prompts.results import MARK, Result, cell_text, result_text

cells = st.one_of(
    st.none(), st.integers(-(2**63), 2**63 - 1), st.floats(), st.text(st.characters(exclude_categories=["Cs"])), st.binary()
)


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (None, "NULL"),
        ("NULL", "NULL"),
        (1, "1"),
        (1.0, "1.0"),
        (0.1, "0.1"),
        ("a\nb", "a\\nb"),
        (b"\x00\xff", "x'00ff'"),
        ("", ""),
    ],
)
def test_values(cell: float | str | bytes | None, text: str) -> None:
    """A value is shown as a person expects it."""
    assert cell_text(cell) == text


def test_broken_text_is_shown_with_its_holes() -> None:
    """TEXT that is not UTF-8 shows U+FFFD where it is broken."""
    assert cell_text(Undecodable(b"Caf\xe9")) == "Caf\ufffd"


@given(st.lists(st.lists(cells, min_size=2, max_size=2), max_size=8), st.integers(0, 8), st.integers(1, 200))
def test_a_result_is_a_line_a_row_within_its_limits(rows: list[list[object]], max_rows: int, max_chars: int) -> None:
    """No value adds a line, no more than the limits are shown, and less than all of it never goes without a mark."""
    preview = encode_preview([tuple(row) for row in rows], chars=20)  # type: ignore[arg-type]
    result = Result("ok", columns=["a", "b"], n_rows=len(rows), preview=preview)
    whole = result_text(result, max_rows=len(rows), max_chars=10**6)
    assert len(whole.splitlines()) == 1 + max(len(rows), 1)
    shown = result_text(result, max_rows=max_rows, max_chars=max_chars)
    assert len(shown) <= max_chars + 40
    assert len(shown.splitlines()) <= max_rows + 4
    if not whole.startswith(shown):
        assert MARK in shown
    assert result_text(result, max_rows=max_rows, max_chars=max_chars) == shown


@pytest.mark.parametrize(
    ("result", "text"),
    [
        (Result("ok", columns=["a"], n_rows=0, preview="[]"), "a\n(no rows)"),
        (Result("ok", columns=["a"], n_rows=900, preview="[[1],[2],[3]]"), f"a\n1\n2\n{MARK}\n(900 rows in all)"),
        (Result("ok", columns=["a"], n_rows=1, preview='[[{"cut":"xyz","length":5000}]]'), f"a\nxyz{MARK}(5000 characters)"),
        (Result("error", error="no such column: b"), "error: no such column: b"),
        (Result("no_sql"), "no sql"),
    ],
)
def test_what_an_execution_did(result: Result, text: str) -> None:
    """Empty, long, cut and failed results say so."""
    assert result_text(result, max_rows=2, max_chars=400) == text
