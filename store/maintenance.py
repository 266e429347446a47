"""Housekeeping: fewer and larger files, and an end for snapshots that nobody needs.

The current state is never touched, and neither is a snapshot that a pin was built from: `Lake.at` reads it for ever.
It waits until nobody else has a lake in a folder open (see `store.turns.present`); a shared lake is tidied while it is read.
"""

import contextlib
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

import duckdb

from store import engine
from store.address import Address
from store.commit import transaction
from store.errors import AGAIN, PATIENCE, QueryError, StoreError, remedy
from store.tables import query
from store.turns import alone, turn

GRACE = timedelta(days=1)
"""How long a file that the lake no longer names is kept, for other DuckDB clients, which take no lock."""


class SnapshotExpiredError(QueryError):
    """A version of the lake that was there, and has been expired since."""


class Compacted(NamedTuple):
    """What `compact` did.

    Attributes:
        flushed: Rows that were in the catalog, because there were few of them, and are in files now.
        merged: Files that were merged.
        into: Files that they were merged into.
        deleted: Files that were deleted: those that had been replaced long enough ago, and the orphans.
        orphans: Files that never became part of the lake: a writer was killed, or its disk was full.
    """

    flushed: int
    merged: int
    into: int
    deleted: int
    orphans: int


class Expired(NamedTuple):
    """What `expire` did.

    Attributes:
        versions: Snapshots that are gone, and in a dry run those that would be.
        kept_for: Snapshots that would have gone but for the pins that were built from them.
        deleted: Files that were deleted.
    """

    versions: list[int]
    kept_for: dict[int, list[str]]
    deleted: int


def compact(
    address: Address,
    opened: int | None = None,
    *,
    grace: timedelta = GRACE,
    patience: float | None = None,
    arguments: list[str] | None = None,
) -> Compacted:
    """Write what is in the catalog, and in many small files, into few files; every snapshot still reads as it did.

    Args:
        address: Where the lake is.
        opened: The caller's own lock on it, from `turns.present`.
        grace: How long ago a file must have been replaced to be deleted.
        patience: Seconds to wait for others who have the lake open; `PATIENCE` when None.
        arguments: Recorded with the snapshots that this makes (one a step that had something to do).

    Raises:
        LakeBusyError: Others had the lake open all the time.
    """
    flushed = merged = into = 0
    with _maintaining(address, opened, patience) as connection:
        with transaction(connection, "compact: rows of the catalog into files", "compact", arguments or []) as done:
            found = connection.execute("CALL ducklake_flush_inlined_data('lake')").fetchall()
            flushed = sum(rows for *_, rows in found)
            if not found:
                done.abandon()
        with transaction(connection, "compact: small files into large ones", "compact", arguments or []) as done:
            found = connection.execute("CALL ducklake_merge_adjacent_files('lake')").fetchall()
            merged, into = sum(row[2] for row in found), sum(row[3] for row in found)
            if not found:
                done.abandon()
        deleted, orphans = _clean_up(connection, grace), _remove_orphans(connection, grace)
    return Compacted(flushed, merged, into, deleted + orphans, orphans)


def expire(
    address: Address,
    opened: int | None = None,
    *,
    keep: int | None = None,
    older_than: datetime | timedelta | None = None,
    grace: timedelta = GRACE,
    patience: float | None = None,
    dry_run: bool = False,
) -> Expired:
    """End snapshots: `Lake.at` no longer reads them, and the space of what only they had is given back.

    Args:
        address: Where the lake is.
        opened: The caller's own lock on it, from `turns.present`.
        keep: Keep this many of the latest snapshots.
        older_than: Keep what is younger than this, or was made after it (in UTC where it says no time zone).
        grace: How long ago a file must have been given up to be deleted.
        patience: Seconds to wait for others who have the lake open; `PATIENCE` when None.
        dry_run: Say which would end, and do nothing.

    Raises:
        QueryError: Neither `keep` nor `older_than` is given, or no snapshot would be kept.
        LakeBusyError: Others had the lake open all the time.
    """
    if keep is None and older_than is None:
        raise QueryError("This would end every snapshot but the current one.", "Say which to keep, with keep or older_than.")
    if keep is not None and keep < 1:
        raise QueryError(f"{keep} snapshots cannot be kept.", "The current one always is: keep at least 1.")
    age = older_than if isinstance(older_than, timedelta) else None
    limits = {"keep": keep, "age": age, "before": None if age is not None else older_than}
    with _nobody_pins(address, patience), _maintaining(address, opened, patience) as connection:
        found = connection.execute(query("expirable_snapshots"), limits).fetchall()
        kept_for = {version: pins for version, pins in found if pins}
        versions = [version for version, pins in found if not pins]
        if dry_run:
            return Expired(versions, kept_for, 0)
        if versions:
            with transaction(connection, "expire", "expire"):  # makes no snapshot of its own
                connection.execute(f"CALL ducklake_expire_snapshots('lake', versions => {versions})")
        return Expired(versions, kept_for, _clean_up(connection, grace))


def _clean_up(connection: duckdb.DuckDBPyConnection, grace: timedelta) -> int:
    """Delete the files that no snapshot has named for some time; how many there were."""
    deleted = connection.execute(
        "CALL ducklake_cleanup_old_files('lake', older_than => now() - $grace::INTERVAL)", {"grace": grace}
    )
    return len(deleted.fetchall())


def _remove_orphans(connection: duckdb.DuckDBPyConnection, grace: timedelta) -> int:
    """Delete the files that the catalog never named; how many there were. Younger ones may be those of a writer at work."""
    found = connection.execute(
        "CALL ducklake_delete_orphaned_files('lake', older_than => now() - $grace::INTERVAL)", {"grace": grace}
    )
    return len(found.fetchall())


def _nobody_pins(address: Address, patience: float | None) -> contextlib.AbstractContextManager[object]:
    """A pin that is being made has its snapshot, or is made after this. In a folder whoever pins has the lake open."""
    if address.kind == "folder":
        return contextlib.nullcontext()
    return turn(address, "pin", PATIENCE if patience is None else patience)


@contextlib.contextmanager
def _maintaining(address: Address, opened: int | None, patience: float | None) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection that may write, in a turn of its own."""
    with (
        alone(address, opened, PATIENCE if patience is None else patience),
        engine.own_connection() as connection,
    ):
        try:
            engine.attach(connection, address, "lake", read_only=False)
            connection.execute("USE lake")
            yield connection
        except duckdb.Error as error:
            raise StoreError(f"The lake in {address} could not be tidied: {error}", remedy(error) or AGAIN) from error
