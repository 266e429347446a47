"""Names that a user gives: a misspelt one is an error that lists those that there are, never an empty result."""

from collections.abc import Sequence
from difflib import get_close_matches

from store import Lake, StoreError

_TABLES = {"run": "runs", "benchmark": "benchmarks", "comparator": "comparators", "gold_revision": "golds"}
_ADD = {
    "run": "Import one with: t2s import",
    "benchmark": "Add one with: t2s benchmark add",
    "comparator": "A comparator is there once it has labelled something: t2s label --comparator NAME",
    "gold_revision": "One comes with each benchmark (t2s benchmark add), more with: t2s benchmark golds add",
}


class NameNotFoundError(StoreError, LookupError):
    """There is nothing of that name in the lake."""


class QuestionNotFoundError(StoreError, LookupError):
    """A question that is asked for is not there, or there are several."""


class BadNameError(StoreError, ValueError):
    """A name that cannot be given to anything."""


def require(lake: Lake, column: str, names: Sequence[str] | None) -> None:
    """Refuse names that the lake does not know.

    Args:
        lake: The lake.
        column: What they name: run, benchmark, comparator or gold_revision.
        names: The names; None is all of them.

    Raises:
        NameNotFoundError: One of them is not there.
    """
    if not names:
        return
    known = [name for (name,) in lake.sql(f"SELECT DISTINCT {column} FROM {_TABLES[column]} ORDER BY {column}").fetchall()]
    for name in names:
        if name not in known:
            close = get_close_matches(name, known, 1)
            hint = f"Did you mean {close[0]}? " if close else ""
            listed = f"There are: {', '.join(known)}. " if known else "There is none yet. "
            raise NameNotFoundError(f"There is no {column.replace('_', ' ')} {name} in the lake.", hint + listed + _ADD[column])


def check_name(what: str, name: str) -> None:
    """Refuse a name that could not be typed, shown on a line, or told from another one.

    Raises:
        BadNameError: It is empty, has control characters, or begins or ends with white space.
    """
    if not name or name != name.strip() or not name.isprintable():
        raise BadNameError(f"{name!r} cannot be the name of a {what}.", "Give a name of one line, without white space around it.")
