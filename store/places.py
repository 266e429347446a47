"""Places for the data of lakes: each has one of its own, for tidying deletes the files below it that its catalog does not name.

A place is marked by a text file that says whose it is.
"""

import hashlib
from pathlib import Path

import duckdb

from store import files
from store.address import Address, is_remote
from store.errors import AGAIN, StoreError, remedy

MARKS = "belongs-to*.txt"
_WRITTEN = "ducklake-*.parquet"
_REFUSED = (401, 403)


def claim(connection: duckdb.DuckDBPyConnection, address: Address, *, goes_on: bool = False) -> None:
    """Mark the place of a lake's data as its own.

    Args:
        connection: Has the secrets and extensions that the place needs.
        address: The lake, with `data`.
        goes_on: Whether there may be files from before, such as those of a copy that was interrupted.

    Raises:
        StoreError: Another lake has its data there, or above or below it; or nothing can be written there.
    """
    place, own = address.data or "", mark_of(address)
    try:
        marked = bool(files.find(connection, place, own))
        found = _others(connection, place, own, goes_on=goes_on)
        if not found:
            mark(connection, address)
            # Of those who found nothing in the same moment, the last one to mark it sees the marks of the others.
            found = _others(connection, place, own, goes_on=True)
        if not found:
            return
        if not marked and not is_remote(place):
            Path(place, own).unlink(missing_ok=True)
    except duckdb.Error as error:
        raise StoreError(f"Data cannot be kept in {place}: {error}", remedy(error) or AGAIN) from error
    raise StoreError(
        f"There are data of another lake at {found}, so {place} cannot be for a new one: tidying one would delete the other's.",
        "Give a place of its own. A lake whose catalog is lost is restored from a back-up: t2s lake restore"
        + (" Where no lake was made after all, delete that mark." if found.endswith(".txt") else ""),
    )


def mark(connection: duckdb.DuckDBPyConnection, address: Address) -> None:
    """Mark a place, whoever had it."""
    whose = "that this digest is of" if address.kind == "postgres" else "beside it"
    text = f"This folder belongs to the lake {whose}. Put nothing else here: what the lake does not know is deleted.\n"
    files.write_text(connection, f"{address.data}/{mark_of(address)}", text)


def take_over(connection: duckdb.DuckDBPyConnection, address: Address, gone: Address) -> None:
    """Mark the place of a lake that is gone as another's. In an object store the mark of the first stays beside it.

    Raises:
        StoreError: A third lake has its data there meanwhile; or nothing can be written there.
    """
    place = address.data or ""
    known = {f"{place}/{mark_of(one)}" for one in (address, gone)}
    try:
        others = [found for found in files.find(connection, place, MARKS) if found not in known]
        if not others:
            mark(connection, address)
    except duckdb.Error as error:
        raise StoreError(f"Data cannot be kept in {place}: {error}", remedy(error) or AGAIN) from error
    if others:
        raise StoreError(
            f"{place} is the place of a third lake, as {others[0]} says: tidying one would delete the other's.",
            "Give another place with --data. Where that lake is gone too, delete that mark.",
        )
    if not is_remote(place):
        for other in Path(place).glob(MARKS):
            if other.name != mark_of(address):
                other.unlink()


def mark_of(address: Address) -> str:
    """The name of a lake's mark: a lake in a folder may be moved; where a server is, is nobody's business who may read data."""
    if address.kind != "postgres":
        return "belongs-to.txt"
    return f"belongs-to-{hashlib.sha256(str(address).encode()).hexdigest()[:16]}.txt"


def _others(connection: duckdb.DuckDBPyConnection, place: str, own: str, *, goes_on: bool) -> str | None:
    """A file that another lake has at a place, above or below it."""
    marks = files.find(connection, place, f"**/{MARKS}")
    found = [one for one in marks if one != f"{place}/{own}"]
    if not (goes_on and f"{place}/{own}" in marks):
        found += files.find(connection, place, f"**/{_WRITTEN}")
    above = place
    while not found and (above := above.rpartition("/")[0]).rpartition("/")[2]:  # up to the bucket, or the root
        try:
            found = files.find(connection, above, MARKS) or files.find(connection, above, f"main/*/{_WRITTEN}")
        except duckdb.Error as error:
            if getattr(error, "status_code", 0) not in _REFUSED:  # what is above may be somebody else's, and not be shown
                raise
    return found[0] if found else None
