"""Differences of two SQL for people: both are laid out in the same way, then compared line by line and word by word."""

import difflib
import logging
import re
from collections.abc import Sequence
from typing import NamedTuple

from sqlglot.errors import SqlglotError

from text2sql_data.sql_ast.syntax import statements

_LONGEST = 6_000
_TOKEN = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|`[^`]*`|\w+|\s+|[<>=!|]+|[^\s\w]""")
_SIMILAR = 0.3
_MOST = 40_000
"""The product of both lengths up to which sequences are matched: where few distinct items repeat, matching takes cubic time."""

Parts = list[tuple[str, bool]]
"""A line as pieces of text, each with whether it differs from the other side."""


class Line(NamedTuple):
    """One line of both sides; None where a side has no such line. `same` lines differ in nothing but letter case."""

    rejected: Parts | None
    chosen: Parts | None
    same: bool


class Difference(NamedTuple):
    """Two texts side by side.

    Attributes:
        lines: The lines.
        layout: `sql` where both were parsed and laid out anew, `text` where they stand as they are.
        cut: Characters that were too many to show.
    """

    lines: list[Line]
    layout: str
    cut: int


def difference(rejected: str, chosen: str, *, sql: bool = True) -> Difference:
    """The difference of two texts, from the rejected one to the chosen one.

    Args:
        rejected: The rejected text.
        chosen: The chosen text.
        sql: Whether both are SQL, to be laid out anew; where one cannot be parsed, or the layout hides that they differ, they
            stand as they are.
    """
    cut = sum(max(0, len(text) - _LONGEST) for text in (rejected, chosen))
    rejected, chosen = rejected[:_LONGEST], chosen[:_LONGEST]
    if sql and not cut:
        laid_out = (_laid_out(rejected), _laid_out(chosen))
        if laid_out[0] is not None and laid_out[1] is not None:
            lines = _lines(laid_out[0], laid_out[1])
            if any(not line.same for line in lines):
                return Difference(lines, "sql", cut)
    return Difference(_lines(_wrapped(rejected, sql=sql), _wrapped(chosen, sql=sql)), "text", cut)


def formatted(text: str) -> list[str]:
    """The lines of a SQL, laid out anew where it can be parsed."""
    cut = text[:_LONGEST]
    return _laid_out(cut) or _wrapped(cut, sql=True)


def _laid_out(text: str) -> list[str] | None:
    """A SQL in sqlglot's layout; None when it is not one SQL that can be parsed."""
    logger = logging.getLogger("sqlglot")
    before, logger.disabled = logger.disabled, True  # it warns of syntax that it keeps as it is
    try:
        parsed = statements(text)
        if len(parsed) != 1:
            return None
        return parsed[0].sql(dialect="sqlite", pretty=True, max_text_width=60).splitlines()
    except (SqlglotError, RecursionError, ValueError):
        return None
    finally:
        logger.disabled = before


def _wrapped(text: str, *, sql: bool) -> list[str]:
    """A text that stands as it is; a SQL on one line is broken before its clauses."""
    if sql and "\n" not in text.strip():
        text = re.sub(
            r"\s+(?=(?:FROM|WHERE|GROUP BY|ORDER BY|HAVING|LIMIT|UNION|INTERSECT|EXCEPT)\b)", "\n", text, flags=re.IGNORECASE
        )
    return text.split("\n")


def _lines(rejected: list[str], chosen: list[str]) -> list[Line]:
    """Lines that belong together beside each other."""
    found: list[Line] = []
    keys = [_key(line) for line in rejected], [_key(line) for line in chosen]
    matcher = _matcher(*keys)
    for kind, i1, i2, j1, j2 in _by_place(*keys) if matcher is None else matcher.get_opcodes():
        left, right = rejected[i1:i2], chosen[j1:j2]
        if kind == "equal":
            found += [Line([(old, False)], [(new, False)], same=True) for old, new in zip(left, right, strict=True)]
            continue
        for place in range(max(len(left), len(right))):
            old = left[place] if place < len(left) else None
            new = right[place] if place < len(right) else None
            if old is not None and new is not None:
                found.append(Line(*_parts(old, new), same=False))
            else:
                found.append(Line(_whole(old), _whole(new), same=False))
    return found


def _parts(old: str, new: str) -> tuple[Parts, Parts]:
    """Two lines word by word; the whole lines differ where they are too long to match, or marking words would say nothing."""
    left, right = _TOKEN.findall(old), _TOKEN.findall(new)
    matcher = _matcher([_key(token) for token in left], [_key(token) for token in right])
    if matcher is None or matcher.ratio() < _SIMILAR:
        return _whole(old) or [], _whole(new) or []
    before: Parts = []
    after: Parts = []
    for kind, i1, i2, j1, j2 in matcher.get_opcodes():
        if i2 > i1:
            before += _marked("".join(left[i1:i2]), differs=kind != "equal", first=not before)
        if j2 > j1:
            after += _marked("".join(right[j1:j2]), differs=kind != "equal", first=not after)
    return before, after


def _matcher(old: Sequence[str], new: Sequence[str]) -> difflib.SequenceMatcher[str] | None:
    """What two sequences have in common; None where it would take too long to find."""
    return difflib.SequenceMatcher(None, old, new, autojunk=False) if len(old) * len(new) <= _MOST else None


def _by_place(old: Sequence[str], new: Sequence[str]) -> list[tuple[str, int, int, int, int]]:
    """Two sequences compared place by place, in the form of `SequenceMatcher.get_opcodes`."""
    shorter = min(len(old), len(new))
    kinds = ["equal" if old[at] == new[at] else "replace" for at in range(shorter)]
    rest = [("replace", shorter, len(old), shorter, len(new))] if len(old) != len(new) else []
    return [*((kind, at, at + 1, at, at + 1) for at, kind in enumerate(kinds)), *rest]


def _marked(text: str, *, differs: bool, first: bool) -> Parts:
    """A piece of a line; the indentation before the first one is not marked."""
    return (_whole(text) or []) if differs and first else [(text, differs)]


def _whole(line: str | None) -> Parts | None:
    """A line that the other side does not have; its indentation is not marked."""
    if line is None:
        return None
    bare = line.lstrip()
    return [piece for piece in ((line[: len(line) - len(bare)], False), (bare, True)) if piece[0]]


def _key(text: str) -> str:
    """A text in which letter case does not count, but in quotes, where it does."""
    return "".join(token if token[0] in "'\"`" else token.lower() for token in _TOKEN.findall(text))
