"""Which pairs a report is about: each name is a pair set, or a pinned dataset that was made from pairs."""

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from store import Lake, StoreError
from text2sql_data.lookups import NameNotFoundError

MOST = 6
"""Versions that fit side by side, and that can be told apart by colour."""

_PIN = re.compile(r"\A(?P<name>.+)@(?P<version>\d+)\Z")


class NoPairsError(StoreError):
    """A dataset was not made from pairs."""


class Version(NamedTuple):
    """One column of a report.

    Attributes:
        label: How it is called: the pair set, or name@version.
        kind: `pair set` or `dataset`.
        pair_set: The pair set; None for a dataset.
        pin: Name of the dataset; None for a pair set.
        pin_version: Version of the dataset.
        facts: What the lake says about it: snapshot, digest, parameters, parents.
    """

    label: str
    kind: str
    pair_set: str | None
    pin: str | None
    pin_version: int | None
    facts: dict[str, Any]


def find(lake: Lake, names: Sequence[str]) -> list[Version]:
    """The versions that names stand for, in their order.

    A name without a version is a pair set, or else the latest version of the dataset of that name.

    Raises:
        NameNotFoundError: There is neither a pair set nor a dataset of a name.
        NoPairsError: A dataset was not made from pairs.
        StoreError: There are too many names, or one is given twice.
    """
    if len(names) > MOST:
        raise StoreError(f"{len(names)} versions do not fit side by side.", f"Give at most {MOST}.")
    found = [_find(lake, name) for name in names]
    labels = [version.label for version in found]
    for label in labels:
        if labels.count(label) > 1:
            raise StoreError(f"{label} is given twice.", "Give each version once.")
    return found


def _find(lake: Lake, name: str) -> Version:
    row = lake.sql(
        "SELECT pair_set, kind, snapshot, parameters, parents, n_pairs, n_dropped FROM pair_sets WHERE pair_set = $name",
        name=name,
    ).fetchone()
    if row is not None:
        facts = {"made": row[1], "snapshot": row[2], "parameters": row[3], "parents": row[4], "rows": row[5], "dropped": row[6]}
        return Version(name, "pair set", name, None, None, facts)
    asked = _PIN.match(name)
    pin, number = (asked["name"], int(asked["version"])) if asked else (name, None)
    row = lake.sql(
        "SELECT version, kind, snapshot, recipe, parents, n_rows, digest FROM pins"
        " WHERE name = $pin AND ($number IS NULL OR version = $number) ORDER BY version DESC LIMIT 1",
        pin=pin,
        number=number,
    ).fetchone()
    if row is None:
        raise NameNotFoundError(f"There is no pair set and no dataset {name} in the lake.", _there_are(lake))
    label = f"{pin}@{row[0]}"
    (with_pair,) = lake.sql(
        "SELECT count(json_extract_string(sources, '$.pair')) FROM pin_rows WHERE name = $pin AND version = $number",
        pin=pin,
        number=row[0],
    ).fetchone() or (0,)
    if not with_pair and row[5]:
        raise NoPairsError(f"{label} is a {row[1]} dataset, and none of its rows was made from a pair.", _there_are(lake))
    facts = {"made": row[1], "snapshot": row[2], "parameters": row[3], "parents": row[4], "rows": row[5], "digest": row[6]}
    return Version(label, "dataset", None, pin, row[0], facts)


def _there_are(lake: Lake) -> str:
    """The names that one could have meant."""
    sets = [name for (name,) in lake.sql("SELECT pair_set FROM pair_sets ORDER BY ALL").fetchall()]
    pins = [f"{name}@{version}" for name, version in lake.sql("SELECT name, version FROM pins ORDER BY ALL").fetchall()]
    listed = [f"{what}: {', '.join(names)}" for what, names in (("Pair sets", sets), ("Datasets", pins)) if names]
    return ". ".join(listed) + "." if listed else "There is none yet. Make a pair set with: t2s pairs mine, or: t2s pairs import"
