"""What cells of a drift show: verdicts and reasons, per cent, points, intervals; and how an answer moves, in words."""

from typing import Any

from text2sql_eval.reports.blocks import NOTHING, Cell, readable, signed, words

Report = dict[str, Any]
Row = dict[str, Any]

MOVES = {
    "to_wrong": "correct to wrong",
    "to_correct": "wrong to correct",
    "excluded": "no longer counted",
    "counted": "counted only after",
}
"""How an answer moves, in words."""

FLIPS = ("to_wrong", "to_correct")
"""The moves of answers that count on both sides."""


def position(row: Row) -> Cell:
    """A question as a person would look it up."""
    identity = "" if row["question_id"] is None else f" (id {row['question_id']})"
    return words(f"{row['position']}{identity}")


def reason(found: str | None) -> Cell:
    """Why an answer is not correct, or does not count; without a reason it is correct."""
    return words("correct" if found is None else readable(found))


def first(shown: int, there: int) -> str:
    """Says that a list is cut."""
    return f", the first {shown:,} of {there:,}" if shown < there else ""


def percent(value: float | None) -> Cell:
    """A figure in per cent."""
    return NOTHING if value is None else Cell(f"{100 * value:.2f}", value)


def points(value: float | None) -> Cell:
    """A difference of two figures in points."""
    return NOTHING if value is None else Cell(signed(f"{100 * value:+.2f}"), value)


def interval(found: Row | None) -> Cell:
    """A difference in points, with its bounds beside it."""
    if found is None:
        return NOTHING
    note = "" if found["lower"] is None else f"{points(found['lower']).text} to {points(found['upper']).text}"
    return points(found["value"])._replace(note=note)


def p_value(value: float | None) -> Cell:
    """A p-value."""
    return NOTHING if value is None else Cell(f"{value:.3g}", value)
