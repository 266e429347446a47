"""Housekeeping: fewer and larger files, and an end for snapshots that nobody needs.

The current state is never touched, and neither is a snapshot that a pin was built from: `Lake.at` reads it for ever.

All this rewrites the catalog in place, and DuckLake reads a SQLite catalog in several transactions: a query that begins at that
moment can find a table empty. So whoever has a lake open holds a shared lock, and housekeeping waits until it is alone.
"""

import contextlib
import fcntl
import os
import random
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import duckdb

from store import engine
from store.commit import PATIENCE, exclusive, transaction
from store.errors import LakeBusyError, LakeNotFoundError, QueryError, StoreError, remedy
from store.tables import query

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
        deleted: Files that were deleted: those that had been replaced long enough ago.
    """

    flushed: int
    merged: int
    into: int
    deleted: int


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
    folder: Path,
    opened: int | None = None,
    *,
    grace: timedelta = GRACE,
    patience: float | None = None,
    arguments: list[str] | None = None,
) -> Compacted:
    """Write what is in the catalog, and in many small files, into few files; every snapshot still reads as it did.

    Args:
        folder: Folder of the lake.
        opened: The caller's own lock on it, from `present`.
        grace: How long ago a file must have been replaced to be deleted.
        patience: Seconds to wait for others who have the lake open; `PATIENCE` when None.
        arguments: Recorded with the snapshots that this makes (one a step that had something to do).

    Raises:
        LakeBusyError: Others had the lake open all the time.
    """
    flushed = merged = into = 0
    with _maintaining(folder, opened, patience) as connection:
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
        deleted = _clean_up(connection, grace)
    return Compacted(flushed, merged, into, deleted)


def expire(
    folder: Path,
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
        folder: Folder of the lake.
        opened: The caller's own lock on it, from `present`.
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
    with _maintaining(folder, opened, patience) as connection:
        found = connection.execute(query("expirable_snapshots"), limits).fetchall()
        kept_for = {version: pins for version, pins in found if pins}
        versions = [version for version, pins in found if not pins]
        if dry_run:
            return Expired(versions, kept_for, 0)
        if versions:
            with transaction(connection, "expire", "expire"):  # makes no snapshot of its own
                connection.execute(f"CALL ducklake_expire_snapshots('lake', versions => {versions})")
        return Expired(versions, kept_for, _clean_up(connection, grace))


@contextlib.contextmanager
def present(folder: Path) -> Iterator[int | None]:
    """While this lasts, nobody else tidies the lake in a folder. Any number may be present; the kernel ends it with its holder.

    Yields:
        The descriptor of the lock; None when there is no such folder.
    """
    try:
        opened = os.open(folder, os.O_RDONLY)  # the folder itself: a lock on it needs no file, and no permission to write
    except OSError:
        yield None
        return
    try:
        _wait(opened, fcntl.LOCK_SH, folder, PATIENCE, "has been tidying the lake in")
        yield opened
    finally:
        os.close(opened)


@contextlib.contextmanager
def turn(folder: Path, name: str) -> Iterator[None]:
    """A turn at something in the lake in a folder; the kernel ends it when its holder dies.

    Raises:
        LakeBusyError: Somebody else had it for longer than `PATIENCE` seconds.
    """
    with (folder / name).open("a") as file:
        _wait(file.fileno(), fcntl.LOCK_EX, folder, PATIENCE, f"has held {name} in")
        yield


def _wait(file: int, kind: int, folder: Path, patience: float, doing: str) -> None:
    deadline = time.monotonic() + patience
    while True:
        try:
            fcntl.flock(file, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise LakeBusyError(
                    f"Somebody else {doing} {folder} for over {patience:g} s.",
                    "Let the other programs and notebooks that use the lake end, or close it there, and try again.",
                ) from None
            time.sleep(random.uniform(0.005, 0.03))  # noqa: S311 - jitter, not cryptography
        else:
            return


def _clean_up(connection: duckdb.DuckDBPyConnection, grace: timedelta) -> int:
    """Delete the files that no snapshot has named for some time; how many there were."""
    deleted = connection.execute(
        "CALL ducklake_cleanup_old_files('lake', older_than => now() - $grace::INTERVAL)", {"grace": grace}
    )
    return len(deleted.fetchall())


@contextlib.contextmanager
def _maintaining(folder: Path, opened: int | None, patience: float | None) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection that may write, while nobody else has the lake open."""
    with contextlib.ExitStack() as held:
        own = held.enter_context(present(folder)) if opened is None else opened
        if own is None:
            raise LakeNotFoundError(f"There is no lake in {folder}", "Make one with: t2s --lake PATH init")
        held.callback(fcntl.flock, own, fcntl.LOCK_SH)  # whoever was present before is so again
        _wait(own, fcntl.LOCK_EX, folder, PATIENCE if patience is None else patience, "has had the lake open in")
        held.enter_context(exclusive(folder))
        connection = held.enter_context(contextlib.closing(engine.connect(held.enter_context(engine.spill_folder()))))
        engine.attach(connection, folder, "lake", read_only=False)
        connection.execute("USE lake")
        try:
            yield connection
        except duckdb.Error as error:
            raise StoreError(f"The lake in {folder} could not be tidied: {error}", remedy(error)) from error
