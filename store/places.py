"""Places for the data of lakes: each has one of its own, for tidying deletes the files below it that its catalog does not name.

A place is marked by a text file that says whose it is.
"""

import hashlib

import duckdb

from store import files
from store.address import Address
from store.errors import AGAIN, StoreError, remedy

MARK = "belongs-to.txt"
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
    place = address.data or ""
    try:
        found = _others(connection, place, _text(address), goes_on=goes_on)
        if not found:
            mark(connection, address)
            return
    except duckdb.Error as error:
        raise StoreError(f"Data cannot be kept in {place}: {error}", remedy(error) or AGAIN) from error
    raise StoreError(
        f"There are data of another lake at {found}, so {place} cannot be for a new one: tidying one would delete the other's.",
        "Give a place of its own. A lake whose catalog is lost is restored from a back-up: t2s lake restore",
    )


def mark(connection: duckdb.DuckDBPyConnection, address: Address) -> None:
    """Mark a place, whoever had it."""
    files.write_text(connection, f"{address.data}/{MARK}", _text(address))


def _text(address: Address) -> str:
    """Whose a place is. A lake in a folder may be moved; where a server is, is nobody's business who may read the data."""
    digest = hashlib.sha256(str(address).encode()).hexdigest()[:16]
    whose = f"with the digest {digest}" if address.kind == "postgres" else "beside it"
    return f"This folder belongs to the lake {whose}. Put nothing else here: what the lake does not know is deleted.\n"


def _others(connection: duckdb.DuckDBPyConnection, place: str, ours: str, *, goes_on: bool) -> str | None:
    """A file that another lake has at a place, above or below it."""
    own = f"{place}/{MARK}"
    marks = files.find(connection, place, f"**/{MARK}")
    is_ours = own in marks and files.read_text(connection, own) == ours
    found = [one for one in marks if not (is_ours and one == own)]
    if not (is_ours and goes_on):
        found += files.find(connection, place, f"**/{_WRITTEN}")
    above = place
    while not found and (above := above.rpartition("/")[0]).rpartition("/")[2]:  # up to the bucket, or the root
        try:
            found = [f"{above}/{MARK}"] if files.exists(connection, f"{above}/{MARK}") else []
            found = found or files.find(connection, above, f"main/*/{_WRITTEN}")
        except duckdb.Error as error:
            if getattr(error, "status_code", 0) not in _REFUSED:  # what is above may be somebody else's, and not be shown
                raise
    return found[0] if found else None
