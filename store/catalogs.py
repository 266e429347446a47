"""Catalogs themselves, not as lakes: their tables row by row, whichever database has them, and the files that they name."""

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import duckdb

from store import engine, files, sqlite
from store.address import FROZEN, Address, is_remote
from store.commit import transaction
from store.errors import StoreError
from store.tables import query
from store.turns import exclusive

_OWN = ("ducklake_metadata", "ducklake_inlined_data_tables", "ducklake_files_scheduled_for_deletion")
"""Tables that are the catalog's own affair: where its data are, which rows it holds itself, which files it wants to delete."""


class Settled(NamedTuple):
    """A catalog that nobody changes any more: where it is, and where the files are that it names, in the order to look."""

    catalog: Address
    data: list[str]


@contextlib.contextmanager
def settled(source: Address) -> Iterator[Settled]:
    """A copy of the catalog of a lake as it is now, with all rows in files. Others may go on with the lake meanwhile.

    The source is only read, except that rows which PostgreSQL still holds in the catalog are written into files first.
    """
    with tempfile.TemporaryDirectory(prefix="text2sql-copy-") as place:
        folder = Path(place)
        copied = Address("folder", place, str(folder / "data"))
        if source.kind == "frozen":
            yield Settled(_fetched(source, folder), [source.data or ""])
        elif source.kind == "postgres":
            with exclusive(source):
                with engine.own_connection() as connection:
                    engine.attach(connection, source, "lake", read_only=False)
                    _flush(connection)
                    text = "SELECT value FROM ducklake_options('lake') WHERE option_name = 'data_path'"
                    row = connection.execute(text).fetchone()
                engine.create_catalog(folder)
                fill(source, copied)
            yield Settled(copied, [str(row[0]).rstrip("/") if row else ""])
        else:
            sqlite.back_up(engine.catalog_path(source.folder), engine.catalog_path(folder))
            with engine.own_connection() as connection:
                engine.attach(connection, copied, "lake", read_only=False)
                _flush(connection)
            yield Settled(copied, [str(folder / "data"), source.data or ""])


def _fetched(source: Address, folder: Path) -> Address:
    """A frozen catalog as it is now: what is fetched once is what was looked at."""
    if not is_remote(source.place):
        return source
    fetched = Address("frozen", str(folder), source.data)
    with engine.own_connection() as connection:
        engine.prepare_data(connection, source.place)
        files.fetch(connection, f"{source.place}/{FROZEN}", f"{folder}/{FROZEN}")
    with engine.own_connection() as connection:
        engine.require_tables(connection, fetched)
    return fetched


def _flush(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("USE lake")
    with transaction(connection, "copy: rows of the catalog into files", "lake copy") as done:
        if not connection.execute("CALL ducklake_flush_inlined_data('lake')").fetchall():
            done.abandon()


def attach(connection: duckdb.DuckDBPyConnection, address: Address, name: str, *, read_only: bool = True) -> str:
    """Attach the database of a catalog itself; the prefix of its tables."""
    if address.kind == "postgres":
        engine.attach_database(connection, address, name)
        return f'{name}."{address.schema}"'
    file = f"{address.place}/{FROZEN}"
    kind = "duckdb"
    if address.kind == "folder":
        engine.load(connection, "sqlite_scanner")
        file, kind = f"{address.place}/catalog.sqlite", "sqlite"
    quoted = file.replace("'", "''")
    connection.execute(f"ATTACH '{quoted}' AS {name} (TYPE {kind}{', READ_ONLY' if read_only else ''})")
    return f"{name}.main"


def files_of(connection: duckdb.DuckDBPyConnection, address: Address) -> list[tuple[str, int]]:
    """The files that a catalog names, whichever snapshot they belong to: their path below the lake's data, and their bytes.

    Raises:
        StoreError: One is elsewhere.
    """
    prefix = attach(connection, address, "source")
    connection.execute(f"USE {prefix}")
    named = connection.execute(query("catalog_files")).fetchall()
    connection.execute("USE memory")
    connection.execute("DETACH source")
    for path, relative, _ in named:
        if not relative:
            raise StoreError(f"{path} is outside of the lake's data.", "Only files that the lake wrote itself can be copied.")
        files.below("", path)
    return [(path, size) for path, _, size in named]


def fill(source: Address, target: Address) -> None:
    """Make a catalog without tables, and then give it all rows in one transaction."""
    with engine.own_connection() as connection:
        engine.attach(connection, target, "lake", read_only=False, create=True)
    with engine.own_connection() as connection:
        to = attach(connection, target, "target", read_only=False)
        of = attach(connection, source, "source")
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
