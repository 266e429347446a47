"""Selecting: a new pair set from the pairs of others, by filters and caps. The sets that it is taken from stay as they are."""

from collections.abc import Sequence
from difflib import get_close_matches
from importlib.resources import files
from typing import NamedTuple

import msgspec

from store import Commit, Lake, StoreError
from text2sql_data.lookups import NameNotFoundError
from text2sql_data.pairs import filtering
from text2sql_data.pairs.caps import CapUse
from text2sql_data.pairs.filtering import Filters
from text2sql_data.pairs.recording import PairSet, Recorded, record

_SQL = files("text2sql_data") / "pairs" / "sql"


class NothingLeftError(StoreError):
    """No pair passes the filters and caps."""


class Selected(NamedTuple):
    """What came of it.

    Attributes:
        recorded: The pair set.
        offered: Pairs in the sets that were chosen from; one in two sets counts twice.
        repeated: Those of them that another named set offered before: the others are kept or dropped.
        caps: Every cap with its value on the final set.
    """

    recorded: Recorded
    offered: int
    repeated: int
    caps: list[CapUse]


def select(
    lake: Lake,
    sets: Sequence[str],
    name: str,
    filters: Filters,
    *,
    seed: int = 13,
    arguments: list[str] | None = None,
    dry_run: bool = False,
) -> Selected:
    """Select pairs of other sets, as one pair set in one commit.

    Args:
        lake: The lake.
        sets: Names of the sets to choose from; a pair that is in several is taken from the first.
        name: Name of the new pair set.
        filters: What is kept.
        seed: Decides which pairs stay where not all can.
        arguments: Recorded with the snapshot.
        dry_run: Decide everything, and write nothing.

    Raises:
        NameNotFoundError: There is no pair set of such a name.
        FilterError: A filter names a type, origin, set or database that no pair has.
        NothingLeftError: No pair is left.
        PairSetExistsError: There is a pair set of that name that holds something else.
    """
    chosen = list(dict.fromkeys(sets))
    benchmark, revision = _benchmark(lake, chosen)
    with lake.commit(f"select pairs: {name}", command="pairs select", arguments=arguments, dry_run=dry_run) as commit:
        commit.execute(f"CREATE TEMP TABLE offered_pairs AS {_text('select_offered')}", sets=chosen)
        filtering.apply(commit, filters, seed)
        commit.execute(f"CREATE TEMP TABLE found_pairs AS {_text('select_found')}")
        commit.execute(f"CREATE TEMP TABLE found_drops AS {_text('select_drops')}")
        offered, kept = (_count(commit, table) for table in ("offered_pairs", "kept_pairs"))
        repeated = offered - _count(commit, "(SELECT DISTINCT pair FROM offered_pairs)")
        if not kept:
            reasons = commit.execute("SELECT reason, count(*) FROM dropped_pairs GROUP BY ALL ORDER BY ALL").fetchall()
            listed = ", ".join(f"{count} {reason}" for reason, count in reasons)
            hint = (
                "Ask for less. Shares of all values of one kind must add up to the whole, such as database=0.1 for ten databases."
            )
            raise NothingLeftError(f"No pair of {offered} is left: {listed or 'the sets are empty'}.", hint)
        caps = [CapUse(*row) for row in commit.execute("FROM select_caps ORDER BY ALL").fetchall()]
        parameters = {"sets": chosen, "filters": msgspec.to_builtins(filters), "seed": seed}
        parents = [{"pair_set": one} for one in chosen]
        recorded = record(lake, commit, PairSet(name, "selected", parameters, parents, benchmark, revision))
    return Selected(recorded, offered, repeated, caps)


def _count(commit: Commit, table: str) -> int:
    row = commit.execute(f"SELECT count(*) FROM {table}").fetchone()
    return int(row[0]) if row else 0


def _benchmark(lake: Lake, sets: Sequence[str]) -> tuple[str | None, str | None]:
    """The benchmark of the sets with its revision, where it is one."""
    if not sets:
        raise StoreError("There is nothing to select from.", "Name one or more pair sets; see them with: t2s pairs list")
    rows = lake.sql("SELECT pair_set, benchmark, revision FROM pair_sets ORDER BY pair_set").fetchall()
    known = {name: (benchmark, revision) for name, benchmark, revision in rows}
    for name in sets:
        if name not in known:
            close = get_close_matches(name, known, 1)
            hint = f"Did you mean {close[0]}? " if close else ""
            listed = f"There are: {', '.join(known)}." if known else "There is none yet; make one with: t2s pairs mine"
            raise NameNotFoundError(f"There is no pair set {name} in the lake.", hint + listed)
    of = {known[name] for name in sets}
    return of.pop() if len(of) == 1 else (None, None)


def _text(name: str) -> str:
    return (_SQL / f"{name}.sql").read_text("utf-8")
