"""Splits: which rows are for training, validation and test, drawn by database or by question, and proven to share nothing.

A draw is a hash of the seed and the name of the database (or the text of the question). It does not depend on what else there is:
the same seed keeps the same database on the same side in every dataset, of this lake and of the next.
"""

import hashlib
from collections.abc import Iterable

from store import StoreError
from store.scratch import Scratch
from text2sql_data.datasets.recipe import SPLITS, Split
from text2sql_data.datasets.source import stage_rows, text


class SplitError(StoreError):
    """The rows cannot be divided as the recipe says; or two splits share something, which would be a defect."""


def stage_database_groups(scratch: Scratch) -> None:
    """Put the databases that belong together into `database_groups`: the same name, or the same bytes, is one database."""
    found = scratch.execute("SELECT DISTINCT db_id, database::VARCHAR FROM current_databases ORDER BY ALL").fetchall()
    names = [(name, f"name {name.casefold()}") for name, _ in found]
    contents = [(name, content) for name, content in found if content is not None]
    stage_rows(scratch, "database_groups", ("db_id VARCHAR", "name VARCHAR"), sorted(groups(names + contents).items()))


def groups(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The group of each name: names with a content in common, directly or over others, are one group, called by its least name.

    >>> groups([("a", "1"), ("b", "1"), ("b", "2"), ("c", "2"), ("d", "3")])
    {'a': 'a', 'b': 'a', 'c': 'a', 'd': 'd'}
    """
    leader: dict[str, str] = {}
    first: dict[str, str] = {}

    def lead(name: str) -> str:
        while leader.setdefault(name, name) != name:
            leader[name] = name = leader[leader[name]]
        return name

    for name, content in pairs:
        one, other = lead(name), lead(first.setdefault(content, name))
        leader[max(one, other)] = min(one, other)
    return {name: lead(name) for name in sorted(leader)}


def drawn(split: Split, group: str) -> str:
    """The split that a group is drawn into."""
    digest = hashlib.sha256(f"{split.seed}\n{group}".encode()).digest()
    lot = int.from_bytes(digest[:8], "big") / 2**64
    edge = 0.0
    for name in SPLITS:
        edge += split.fractions.get(name, 0.0)
        if lot < edge:
            return name
    return next(
        name for name in reversed(SPLITS) if split.fractions.get(name, 0.0) > 0
    )  # fractions that add up to 1 but for a rounding


def divide(scratch: Scratch, split: Split) -> None:
    """Give every row of `kept_rows` its split, in `split_rows`.

    Raises:
        SplitError: The recipe tells a split of a database that no row is about, or of one database twice.
    """
    column = "database_group" if split.by == "database" else "CASE WHEN question_known THEN question_key END"
    found = scratch.execute(f"SELECT DISTINCT {column} AS name FROM kept_rows WHERE name IS NOT NULL").fetchall()
    told = _told(scratch, split)
    chosen = [(name, told.get(name) or drawn(split, name)) for (name,) in sorted(found)]
    stage_rows(scratch, "split_groups", ("name VARCHAR", "split VARCHAR"), chosen)
    scratch.execute(f"CREATE OR REPLACE TEMP TABLE split_rows AS {text('split_rows')}", by=split.by)


def _told(scratch: Scratch, split: Split) -> dict[str, str]:
    """The splits that the recipe tells, by group of databases."""
    if not split.assign:
        return {}
    known = dict(scratch.execute("SELECT DISTINCT db_id, database_group FROM kept_rows WHERE db_id IS NOT NULL").fetchall())
    told: dict[str, str] = {}
    for name, databases in split.assign.items():
        for database in databases:
            if database not in known:
                listed = ", ".join(sorted(known)) or "none"
                raise SplitError(f"split.assign names the database {database}, which no row is about.", f"There are: {listed}.")
            if told.setdefault(known[database], name) != name:
                raise SplitError(
                    f"split.assign puts {database} into {name}, and one with the same content into {told[known[database]]}.",
                    "Put both into the same split.",
                )
    return told


def prove(scratch: Scratch, split: Split) -> None:
    """Look at the rows that were divided, and raise when two splits share a question or, by database, a database.

    Raises:
        SplitError: They do. Nothing is built then.
    """
    shared = scratch.execute(text("shared_questions"), by=split.by).fetchall()
    if shared:
        what, which, splits = shared[0]
        raise SplitError(
            f"The splits are not disjoint: the {what} {which} is in {' and '.join(splits)}; {len(shared) - 1} more are shared.",
            "This is a defect; please report it with the recipe.",
        )
