"""Whether the columns and tables of a SQL are named in its question, and in the order in which the SELECT list gives them.

A question names a column when some word of its name stands in it.
"""

import re
from collections.abc import Iterable
from itertools import pairwise

from text2sql_data.features.model import Asked, Type

VERSION = 2

FEATURES: tuple[tuple[str, Type, str], ...] = (
    (
        "projection_named",
        "share",
        "Share of the SELECT list's columns that the question names; NULL without columns.",
    ),
    (
        "projection_in_order",
        "share",
        "Share of its neighbours that the question names in that order; NULL where it names fewer than two.",
    ),
    (
        "columns_named",
        "share",
        "Share of all columns of the SQL that the question names; NULL without columns.",
    ),
    ("tables_named", "share", "Share of its tables that the question names; NULL without tables."),
    (
        "question_covered",
        "share",
        "Share of the question's words of four letters or more in the SQL's names and literals.",
    ),
    (
        "projection_first",
        "share",
        "How far into the question the first of those columns is named; NULL where it is not.",
    ),
    ("ids_projected", "count", "Columns of the SELECT list whose name ends in id or code."),
    ("ids_asked", "flag", "Whether the question asks for an id, a code or a number of something."),
)

_PARTS = re.compile(r"[a-z]+|\d+")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_COLUMN = re.compile(r"[a-z_][\w]*(?!\w*\()")
_ID = re.compile(r"(?:^|_)(?:id|code)$|id$")
_FUNCTIONS = {"count", "sum", "avg", "min", "max", "distinct", "cast", "as", "case", "when", "then", "else", "end", "null"}


def values(asked: Asked) -> tuple[float | None, ...]:
    """See FEATURES."""
    shape = asked.shape
    if not shape.parsed:
        return (None,) * len(FEATURES)
    words = [_stem(word) for word in _PARTS.findall(asked.question.lower())]
    places = {word: place for place, word in reversed(list(enumerate(words)))}
    projected = [_first_column(one) for one in shape.projection]
    columns = [name for name in projected if name]
    found = [_place(name, places) for name in columns]
    known = [place for place in found if place is not None]
    said = {part for name in (*shape.columns, *shape.tables) for part in _stems(name)}
    said |= {_stem(part) for text in shape.texts for part in _PARTS.findall(text.lower())}
    long = [word for word in words if len(word) > 3]  # noqa: PLR2004 - as described
    return (
        _share([place is not None for place in found]),
        _share([a <= b for a, b in pairwise(known)]),
        _share([_place(name, places) is not None for name in shape.columns]),
        _share([_place(name, places) is not None for name in set(shape.tables)]),
        _share([word in said for word in long]),
        known[0] / len(words) if known and words else None,
        float(sum(bool(_ID.search(name)) for name in columns)),
        float(bool({"id", "ids", "code", "number"} & set(words))),
    )


def _first_column(expression: str) -> str | None:
    """The first name in an expression that is not a function's."""
    return next((name for name in _COLUMN.findall(expression) if name not in _FUNCTIONS), None)


def _stems(name: str) -> list[str]:
    return [_stem(part) for part in _PARTS.findall(_CAMEL.sub(" ", name).lower())]


def _stem(word: str) -> str:
    """A word without the ending of a plural; close enough to find a name in a question."""
    for ending, instead in (("ies", "y"), ("ses", "s"), ("s", "")):
        if word.endswith(ending) and len(word) > len(ending) + 2:
            return word.removesuffix(ending) + instead
    return word


def _place(name: str, places: dict[str, int]) -> int | None:
    """Where the last word of a name that is found stands in the question: in `first_name` that is `name`, or else `first`."""
    return next((places[part] for part in reversed(_stems(name)) if part in places), None)


def _share(found: Iterable[bool]) -> float | None:
    listed = list(found)
    return sum(listed) / len(listed) if listed else None
