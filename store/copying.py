"""Copying a whole lake between any two addresses: every snapshot, every pin, every file, byte for byte.

The catalog's own tables are copied row by row, so a folder becomes a shared lake and a shared lake a folder. It is copied first,
so that the source may be in use, and put in its place last: a copy that is interrupted is no lake yet, and goes on where it was.
"""

import contextlib
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import duckdb

from store import catalogs, engine, files, pins, places
from store.address import FROZEN, Address, is_remote
from store.errors import AGAIN, AddressError, LakeNotFoundError, StoreError, remedy
from store.lake import Lake
from store.lake import open as open_lake
from store.tables import tables
from store.turns import exclusive, lock_of


class Copied(NamedTuple):
    """What was copied: the version, files and bytes, rows of all tables, and the pins, whose digests were checked."""

    address: Address
    version: int
    files: int
    bytes: int
    rows: int
    pins: list[str]


def copy(source: Address, target: Address, started: Callable[[int], Callable[[int], None]] | None = None) -> Copied:
    """Copy a lake to where there is none yet.

    Args:
        source: A lake.
        target: Where it is to be; for PostgreSQL with `data`. With the kind `frozen`, a folder that can be read over HTTP, or
            an `s3://` address.
        started: Called with the number of bytes to copy; what it returns is called with the bytes of each file.

    Raises:
        AddressError: Nothing can be written to the target.
        StoreError: There is a lake at the target already, or data of another one; or what arrived is not what was sent.
        LakeNotFoundError: There is none at the source.
    """
    if is_remote(target.place) and not target.place.startswith("s3://"):
        raise AddressError(f"Nothing can be written to {target}.", "Copy to a folder or to s3://, and let a web server show it.")
    require_empty(target)
    open_lake(source, create=False).close()  # an older one is moved forward
    with contextlib.ExitStack() as stack:
        connection = stack.enter_context(engine.own_connection())
        settled = stack.enter_context(catalogs.settled(source))
        moves = _moves(connection, settled, target)
        total = sum(move.size for move in moves)
        try:
            engine.prepare_data(connection, target.data or "")
            places.claim(connection, target, goes_on=True)
            files.copy(connection, moves, started(total) if started else lambda _: None)
            _copy_catalog(connection, settled.catalog, target)
        except duckdb.Error as error:
            raise StoreError(f"The lake {source} could not be copied: {error}", remedy(error) or AGAIN) from error
    with open_lake(source, create=False) as before, open_lake(target, create=False) as after:
        version = _copied_version(before, after)
        with before.at(version) as then:
            rows = _verify(then, after)
        refs = []
        for pin in pins.pins(after):
            pins.check(after, pin)
            refs.append(pin.ref)
        return Copied(target, after.version, len(moves), total, rows, refs)


def _copied_version(before: Lake, after: Lake) -> int:
    """The version of the source that was copied: the last one that both have, by its time.

    Raises:
        StoreError: The source does not have it any more.
    """
    text = "SELECT snapshot_id, snapshot_time FROM lake.snapshots()"
    both = set(before.sql(text).fetchall()) & set(after.sql(text).fetchall())
    version = max((int(number) for number, _ in both), default=-1)
    if version < after.version - 1:  # writing the rows of the catalog into files may have added one
        raise StoreError(
            f"The copy at {after.address} cannot be compared: its version was expired in {before.address} meanwhile.",
            f"See what the copy has with: t2s --lake '{after.address}' check. Or remove it, and copy again.",
        )
    return version


def _verify(before: Lake, after: Lake) -> int:
    """The number of rows in all tables, after their digests were compared."""
    total = 0
    for table in tables():
        text = f"SELECT count(*), coalesce(sum(hash(r)::HUGEINT), 0) FROM (SELECT {table} AS r FROM {table})"
        try:
            was, now = before.sql(text).fetchone(), after.sql(text).fetchone()
        except duckdb.Error as error:  # it names the file, which is the source's or the copy's
            raise StoreError(
                f"Table {table} cannot be compared: {error}",
                "Remove the copy, see that t2s check finds the source sound, and start again.",
            ) from error
        if was is None or was != now:
            raise StoreError(f"Table {table} of the copy is not that of the source.", "Remove the copy and start again.")
        total += int(was[0])
    return total


def require_empty(target: Address) -> None:
    """Refuse a place where there is a lake.

    Raises:
        StoreError: There is one, or something that cannot be opened.
    """
    try:
        open_lake(target, create=False).close()
    except LakeNotFoundError:
        return
    except StoreError as error:
        if type(error) is not StoreError or "t2s lake restore" not in error.hint:  # it is not damaged, and says what to do
            raise
        first = f"Rename the schema {target.schema}" if target.kind == "postgres" else "Move the catalog there to another place"
        raise StoreError(f"What is at {target} cannot be opened: {error}", f"{first} first.") from error
    raise StoreError(f"There is a lake at {target} already.", "Copy to a place where there is none.")


def _moves(connection: duckdb.DuckDBPyConnection, source: catalogs.Settled, target: Address) -> list[files.Move]:
    paths = catalogs.files_of(connection, source.catalog)
    engine.prepare_data(connection, source.data[-1])
    moves = []
    for path, size in paths:
        here = [files.below(data, path) for data in source.data]
        found = next((place for place in here[:-1] if Path(place).exists()), here[-1])
        moves.append(files.Move(found, files.below(target.data or "", path), size))
    return moves


def _copy_catalog(connection: duckdb.DuckDBPyConnection, source: Address, target: Address) -> None:
    """Give the target a catalog with the rows of another one: the whole catalog or none, whenever this ends.

    Raises:
        StoreError: Somebody else has made a lake there meanwhile.
    """
    if target.kind == "frozen" and is_remote(target.place):
        with tempfile.TemporaryDirectory(prefix="text2sql-copy-") as place:
            catalogs.fill(source, target._replace(place=place))
            made = Path(place) / FROZEN
            require_empty(target)  # an object store has no turns
            files.copy(connection, [files.Move(str(made), f"{target.place}/{FROZEN}", made.stat().st_size)])
        return
    if target.kind != "postgres":
        target.folder.mkdir(parents=True, exist_ok=True)
    with exclusive(target), contextlib.ExitStack() as at_end:
        if target.kind == "frozen":  # nobody writes to it
            at_end.callback(lock_of(target, "writer").unlink, missing_ok=True)
        require_empty(target)  # somebody else may have been faster
        if target.kind == "postgres":  # a catalog without tables is no lake yet, and its rows come in one transaction
            catalogs.fill(source, target)
            return
        unfinished = target.folder / ".unfinished"  # of an earlier copy, too
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir()
        if target.kind == "folder":
            engine.create_catalog(unfinished)
        catalogs.fill(source, target._replace(place=str(unfinished)))
        engine.remove_logs(target.folder)
        for path in sorted(unfinished.iterdir(), reverse=True):  # a log goes before the file that it belongs to
            path.replace(target.folder / path.name)
        unfinished.rmdir()
