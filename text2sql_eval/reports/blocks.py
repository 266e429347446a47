"""What a report is made of, whatever it is shown as: sections with tables, charts and notes, whose cells know their figure."""

from collections.abc import Sequence
from typing import Any, NamedTuple

Share = dict[str, Any]

_REASONS = {
    "not_known": "not known",
    "a_result_is_not_known": "without both results",
    "prompt_not_known": "without a known prompt",
    "question_not_known": "of an unknown question",
}


class Cell(NamedTuple):
    """One cell.

    Attributes:
        text: What is shown.
        value: The figure behind it, as it stands in the JSON; None for text.
        note: What it was divided by and what was left out.
        share: From 0 to 1, to be drawn as a bar, or as a colour in a heat map; None where it is no share.
        link: Name of the part of the page that it leads to; empty where it leads nowhere.
        version: Whose colour stands before it.
        tone: good, bad or doubtful; empty for most.
    """

    text: str
    value: float | None = None
    note: str = ""
    share: float | None = None
    link: str = ""
    version: int | None = None
    tone: str = ""


class Column(NamedTuple):
    """A column: its heading, whether it holds numbers, and the version that it is about."""

    label: str
    right: bool = False
    version: int | None = None


class Table(NamedTuple):
    """A table. On a page, rows from `fold` on are folded away, and a `closed` one is opened by its caption.

    A row of one cell is a heading of the rows below it. `look` is `heat` for a heat map, `dense` for many rows, else empty.
    """

    name: str
    caption: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    fold: int | None = None
    closed: bool = False
    look: str = ""


class Chart(NamedTuple):
    """A chart of the figures in a table: which kind, over which data."""

    name: str
    title: str
    note: str
    kind: str
    data: dict[str, Any]
    table: Table


class Code(NamedTuple):
    """A SQL, a schema or another text whose lines matter. On a page a `closed` one is opened by its caption."""

    caption: str
    text: str
    closed: bool = False


Block = Table | Chart | Code | str
"""What a section is made of; a string is a small paragraph."""


class Section(NamedTuple):
    """A part of the report."""

    name: str
    title: str
    text: str
    blocks: Sequence[Block]


NONE = "\N{EN DASH}"
NOTHING = Cell(NONE)


def words(text: str) -> Cell:
    """Text."""
    return Cell(text)


def count(value: int | None, note: str = "") -> Cell:
    """A whole number."""
    return NOTHING if value is None else Cell(f"{value:,}", value, note)


def number(value: float | None, digits: int = 4, note: str = "") -> Cell:
    """A number with decimals."""
    return NOTHING if value is None else Cell(signed(f"{value:,.{digits}f}"), value, note)


def share(of: Share | None, what: str = "") -> Cell:
    """A share in per cent, with what it was divided by and what was left out."""
    if of is None:
        return NOTHING
    note = f"{of['count']:,} of {of['n']:,}{f' {what}' if what else ''}"
    left_out = "; ".join(f"{number:,} {_REASONS.get(reason, reason)}" for reason, number in of["excluded"].items())
    note = f"{note}; {left_out}" if left_out else note
    if of["value"] is None:
        return Cell(NONE, None, note)
    return Cell(f"{100 * of['value']:.2f} %", of["value"], note, of["value"])


def spread(of: dict[str, Any], digits: int = 4, pairs: int | None = None) -> Cell:
    """The mean of a measure, with its least and greatest value."""
    if of["mean"] is None:
        return NOTHING
    left_out = f"; {pairs - of['n']:,} not known" if pairs is not None and pairs > of["n"] else ""
    low, high = (
        signed(f"{of[name]:,.{digits}f}".rstrip("0").rstrip(".") if digits else f"{of[name]:,.0f}") for name in ("least", "most")
    )
    return number(of["mean"], digits, f"{low} to {high}, n = {of['n']:,}{left_out}")


def percent(value: float | None, note: str = "", *, bar: bool = False) -> Cell:
    """A share as per cent without its sign, as figures stand in tables of figures."""
    if value is None:
        return Cell(NONE, None, note)
    return Cell(signed(f"{100 * value:.2f}"), value, note, value if bar else None)


def points(value: float | None, digits: int = 2) -> str:
    """A difference of shares in points, with its sign."""
    if value is None:
        return NONE
    text = f"{100 * value:+.{digits}f}"
    return signed(text) if text.strip("+-0.") else text.lstrip("+-")


def signed(text: str) -> str:
    """A number with a real minus sign; no negative zero."""
    return text.lstrip("-") if not text.strip("-0.,") else text.replace("-", "\N{MINUS SIGN}")


def readable(name: str) -> str:
    """A name as words."""
    return name.replace("_", " ")
