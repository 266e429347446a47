"""Copying a whole lake between any two addresses: every snapshot, every pin, every file, byte for byte.

The catalog's own tables are copied row by row, so a folder becomes a shared lake and a shared lake a folder. The catalog comes
last: a copy that is interrupted is no lake yet, and goes on where it was. The source is only read, except that rows which
PostgreSQL still holds in the catalog are written into files first, as `compact` does.
"""

import contextlib
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import duckdb

from store import engine, files, pins, sqlite
from store.address import FROZEN, Address
from store.commit import transaction
from store.errors import LakeNotFoundError, StoreError, remedy
from store.lake import Lake
from store.lake import open as open_lake
from store.tables import query, tables
from store.turns import exclusive

_OWN = ("ducklake_metadata", "ducklake_inlined_data_tables", "ducklake_files_scheduled_for_deletion")
"""Tables that are the catalog's own affair: where its data are, which rows it holds itself, which files it wants to delete."""


class Copied(NamedTuple):
    """What was copied: the version, files and bytes, rows of all tables, and the pins, whose digests were checked."""

    address: Address
    version: int
    files: int
    bytes: int
    rows: int
    pins: list[str]


class Source(NamedTuple):
    """A catalog that nobody changes any more: where it is, and where the files are that it names, in the order to look."""

    catalog: Address
    data: list[str]


def copy(source: Address, target: Address, started: Callable[[int], Callable[[int], None]] | None = None) -> Copied:
    """Copy a lake to where there is none yet.

    Args:
        source: A lake.
        target: Where it is to be; for PostgreSQL with `data`. With the kind `frozen`, a folder that can be read over HTTP.
        started: Called with the number of bytes to copy; what it returns is called with the bytes of each file.

    Raises:
        StoreError: There is a lake at the target already; or what arrived is not what was sent.
        LakeNotFoundError: There is none at the source.
    """
    require_empty(target)
    open_lake(source, create=False).close()  # an older one is moved forward
    with contextlib.ExitStack() as stack:
        connection = stack.enter_context(_connection())
        settled = stack.enter_context(_settled(source))
        moves = _moves(connection, settled, target)
        total = sum(move.size for move in moves)
        try:
            files.copy(connection, moves, started(total) if started else lambda _: None)
            _copy_catalog(settled.catalog, target)
        except duckdb.Error as error:
            raise StoreError(f"The lake {source} could not be copied: {error}", remedy(error)) from error
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
    """The version of the source that was copied: the last one that both have, by its time."""
    text = "SELECT snapshot_id, snapshot_time FROM lake.snapshots()"
    both = set(before.sql(text).fetchall()) & set(after.sql(text).fetchall())
    return max(int(number) for number, _ in both)


def _verify(before: Lake, after: Lake) -> int:
    """The number of rows in all tables, after their digests were compared."""
    total = 0
    for table in tables():
        text = f"SELECT count(*), bit_xor(hash(r)) FROM (SELECT {table} AS r FROM {table})"
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
        StoreError: There is one.
    """
    try:
        open_lake(target, create=False).close()
    except LakeNotFoundError:
        return
    raise StoreError(f"There is a lake at {target} already.", "Copy to a place where there is none.")


@contextlib.contextmanager
def _connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with engine.spill_folder() as spill, contextlib.closing(engine.connect(spill)) as connection:
        yield connection


@contextlib.contextmanager
def _settled(source: Address) -> Iterator[Source]:
    """The catalog of a lake with all rows in files."""
    if source.kind == "frozen":
        yield Source(source, [source.data or ""])
    elif source.kind == "postgres":
        with exclusive(source), _connection() as connection:
            engine.attach(connection, source, "lake", read_only=False)
            _flush(connection)
            row = connection.execute("SELECT value FROM ducklake_options('lake') WHERE option_name = 'data_path'").fetchone()
        yield Source(source, [str(row[0]).rstrip("/") if row else ""])
    else:  # in a copy of the catalog: whoever has the lake open is not disturbed
        with tempfile.TemporaryDirectory(prefix="text2sql-copy-") as place:
            folder = Path(place)
            sqlite.back_up(engine.catalog_path(source.folder), engine.catalog_path(folder))
            copied = Address("folder", place, str(folder / "data"))
            with _connection() as connection:
                engine.attach(connection, copied, "lake", read_only=False)
                _flush(connection)
            yield Source(copied, [str(folder / "data"), source.data or ""])


def _flush(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("USE lake")
    with transaction(connection, "copy: rows of the catalog into files", "lake copy") as done:
        if not connection.execute("CALL ducklake_flush_inlined_data('lake')").fetchall():
            done.abandon()


def attach_catalog(connection: duckdb.DuckDBPyConnection, address: Address, name: str, *, read_only: bool = True) -> str:
    """Attach the database of a catalog itself; the prefix of its tables."""
    if address.kind == "postgres":
        engine.attach_database(connection, address, name)
        return f'{name}."{address.schema}"'
    file = f"{address.place}/{FROZEN}"
    kind = "duckdb"
    if address.kind == "folder":
        engine.load(connection, "sqlite_scanner")
        file, kind = f"{address.place}/catalog.sqlite", "sqlite"
    elif "://" in file:
        engine.load(connection, "httpfs")
    quoted = file.replace("'", "''")
    connection.execute(f"ATTACH '{quoted}' AS {name} (TYPE {kind}{', READ_ONLY' if read_only else ''})")
    return f"{name}.main"


def _moves(connection: duckdb.DuckDBPyConnection, source: Source, target: Address) -> list[files.Move]:
    paths = catalog_files(connection, source.catalog)
    engine.prepare_data(connection, source.data[-1])
    engine.prepare_data(connection, target.data or "")
    moves = []
    for path, size in paths:
        here = [f"{data}/{path}" for data in source.data]
        found = next((place for place in here[:-1] if Path(place).exists()), here[-1])
        moves.append(files.Move(found, f"{target.data}/{path}", size))
    return moves


def catalog_files(connection: duckdb.DuckDBPyConnection, address: Address) -> list[tuple[str, int]]:
    """The files that a catalog names, whichever snapshot they belong to: their path below the lake's data, and their bytes."""
    prefix = attach_catalog(connection, address, "source")
    connection.execute(f"USE {prefix}")
    named = connection.execute(query("catalog_files")).fetchall()
    connection.execute("USE memory")
    connection.execute("DETACH source")
    for path, relative, _ in named:
        if not relative:
            raise StoreError(f"{path} is outside of the lake's data.", "Only files that the lake wrote itself can be copied.")
    return [(path, size) for path, _, size in named]


def _copy_catalog(source: Address, target: Address) -> None:
    """Give the target a catalog with the rows of another one: the whole catalog or none, whenever this ends."""
    if target.kind == "postgres":  # a catalog without tables is no lake yet, and its rows come in one transaction
        with exclusive(target):
            _fill_catalog(source, target)
        return
    unfinished = target.folder / ".unfinished"  # of an earlier copy, too
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    if target.kind == "folder":
        engine.create_catalog(unfinished)
    _fill_catalog(source, target._replace(place=str(unfinished)))
    for path in sorted(unfinished.iterdir(), reverse=True):  # a log goes before the file that it belongs to
        path.replace(target.folder / path.name)
    unfinished.rmdir()


def _fill_catalog(source: Address, target: Address) -> None:
    """Make a catalog without tables, and then give it all rows in one transaction."""
    with _connection() as connection:
        engine.attach(connection, target, "lake", read_only=False, create=True)
    with _connection() as connection:
        to = attach_catalog(connection, target, "target", read_only=False)
        of = attach_catalog(connection, source, "source")
        connection.execute("BEGIN")
        for table, columns in _columns(connection, to, of).items():
            cast = ", ".join(f'CAST("{name}" AS {kind}) AS "{name}"' for name, kind in columns)
            connection.execute(f"DELETE FROM {to}.{table}")
            connection.execute(f"INSERT INTO {to}.{table} BY NAME SELECT {cast} FROM {of}.{table}")
        connection.execute("COMMIT")


def _columns(connection: duckdb.DuckDBPyConnection, to: str, of: str) -> dict[str, list[tuple[str, str]]]:
    """The columns and types of the catalog's tables that both have."""

    def described(prefix: str) -> dict[str, list[tuple[str, str]]]:
        database, _, schema = prefix.partition(".")
        text = "SELECT table_name, column_name, data_type FROM duckdb_columns() WHERE database_name = $1 AND schema_name = $2"
        found: dict[str, list[tuple[str, str]]] = {}
        for table, column, kind in connection.execute(text, [database, schema.strip('"')]).fetchall():
            if table.startswith("ducklake_") and not table.startswith("ducklake_inlined_data_") and table not in _OWN:
                found.setdefault(table, []).append((column, kind))
        return found

    theirs, ours = described(of), described(to)
    missing = theirs.keys() - ours.keys()
    if missing:
        raise StoreError(f"The catalog has tables that are not known here: {', '.join(sorted(missing))}.", "Upgrade DuckDB.")
    return {table: columns for table, columns in ours.items() if table in theirs}
