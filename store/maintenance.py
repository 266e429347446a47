"""Housekeeping: fewer and larger files, and an end for snapshots that nobody needs.

The current state is never touched, and neither is a snapshot that a pin was built from: `Lake.at` reads it for ever. Files are
deleted some time after the lake has stopped naming them, for a reader may have begun before.
"""

import contextlib
import errno
import fcntl
import random
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import duckdb

from store import engine
from store.commit import PATIENCE, exclusive, transaction
from store.errors import LakeBusyError, QueryError, StoreError, remedy
from store.tables import query

GRACE = timedelta(days=1)
"""How long a file that the lake no longer names is kept for readers that began before."""


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


def compact(folder: Path, *, grace: timedelta = GRACE, arguments: list[str] | None = None) -> Compacted:
    """Write what is in the catalog, and in many small files, into few files; every snapshot still reads as it did.

    Args:
        folder: Folder of the lake.
        grace: How long ago a file must have been replaced to be deleted.
        arguments: Recorded with the snapshots that this makes (one a step that had something to do).
    """
    flushed = merged = into = 0
    with _maintaining(folder) as connection:
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
    *,
    keep: int | None = None,
    older_than: datetime | timedelta | None = None,
    grace: timedelta = GRACE,
    dry_run: bool = False,
) -> Expired:
    """End snapshots: `Lake.at` no longer reads them, and the space of what only they had is given back.

    Args:
        folder: Folder of the lake.
        keep: Keep this many of the latest snapshots.
        older_than: Keep what is younger than this, or was made after it (in UTC where it says no time zone).
        grace: How long ago a file must have been given up to be deleted.
        dry_run: Say which would end, and do nothing.

    Raises:
        QueryError: Neither `keep` nor `older_than` is given, or no snapshot would be kept.
        LakeBusyError: Somebody has been building from a snapshot all the time.
    """
    if keep is None and older_than is None:
        raise QueryError("This would end every snapshot but the current one.", "Say which to keep, with keep or older_than.")
    if keep is not None and keep < 1:
        raise QueryError(f"{keep} snapshots cannot be kept.", "The current one always is: keep at least 1.")
    age = older_than if isinstance(older_than, timedelta) else None
    limits = {"keep": keep, "age": age, "before": None if age is not None else older_than}
    with turn(folder, "snapshots.lock"), _maintaining(folder) as connection:
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
def kept(folder: Path) -> Iterator[None]:
    """While this lasts, no snapshot ends: for those who build from one, until a pin protects it. Any number may.

    A lake that cannot be written to needs no such care.
    """
    with contextlib.ExitStack() as held:
        try:
            held.enter_context(turn(folder, "snapshots.lock", shared=True))
        except OSError as error:
            if error.errno not in (errno.EACCES, errno.EPERM, errno.EROFS):
                raise
        yield


@contextlib.contextmanager
def turn(folder: Path, name: str, *, shared: bool = False, patience: float | None = None) -> Iterator[None]:
    """A turn at something in the lake of a folder; the kernel ends it when its holder dies.

    Raises:
        LakeBusyError: Somebody else had it for longer than `patience` seconds (`PATIENCE` when it is None).
    """
    patience = PATIENCE if patience is None else patience
    deadline = time.monotonic() + patience
    with (folder / name).open("a") as file:
        while True:
            try:
                fcntl.flock(file, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise LakeBusyError(
                        f"Another process has held {name} in {folder} for over {patience:.0f} s.",
                        "Wait for it to end and run the command again.",
                    ) from None
                time.sleep(random.uniform(0.005, 0.03))  # noqa: S311 - jitter, not cryptography
        yield


def _clean_up(connection: duckdb.DuckDBPyConnection, grace: timedelta) -> int:
    """Delete the files that no snapshot has named for some time; how many there were."""
    deleted = connection.execute(
        "CALL ducklake_cleanup_old_files('lake', older_than => now() - $grace::INTERVAL)", {"grace": grace}
    )
    return len(deleted.fetchall())


@contextlib.contextmanager
def _maintaining(folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection that may write, while nobody else does."""
    with exclusive(folder), engine.spill_folder() as spill, contextlib.closing(engine.connect(spill)) as connection:
        engine.attach(connection, folder, "lake", read_only=False)
        connection.execute("USE lake")
        try:
            yield connection
        except duckdb.Error as error:
            raise StoreError(f"The lake in {folder} could not be tidied: {error}", remedy(error)) from error
