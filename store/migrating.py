"""Making the tables and views of a lake, and moving those of an older one forward, one version a snapshot."""

import contextlib
import hashlib
import logging
from collections.abc import Iterator

import duckdb

from store import engine, places, sqlite
from store.address import Address
from store.commit import transaction
from store.errors import AddressError, LakeVersionError, StoreError, remedy
from store.tables import VERSION, migrations, query, tables, views
from store.turns import exclusive

logger = logging.getLogger("store")

_DATA = "Give --data (in Python: data=), such as s3://bucket/prefix or a folder that all its users see."
_OWNER = "Let the role that made the lake open it first; it needs the right to make a schema (GRANT CREATE ON DATABASE)."
_KEPT = "text2sql-store: a catalog from before a migration"
"""The comment of a schema that a migration made."""
_LONGEST = 63
"""Bytes of a name in PostgreSQL, which cuts longer ones without a word."""


def create(address: Address) -> None:
    """Make all tables and views, as one snapshot."""
    if address.data is None:
        raise AddressError(f"There is no lake at {address} yet, and to make one takes a place for its data.", _DATA)
    with contextlib.closing(duckdb.connect()) as connection:
        engine.prepare_data(connection, address.data)
        places.claim(connection, address)
    if address.kind == "folder":
        engine.create_catalog(address.folder)
    with _writer(address, create=True) as connection:
        with transaction(connection, "created", command="init"):
            for table in tables().values():
                connection.execute(table.sql)
            _create_views(connection)
            connection.execute("INSERT INTO migrations VALUES ($1, 'created', now()::TIMESTAMP)", [VERSION])
        _count_empty(connection, address)


def migrate(address: Address, version: int) -> None:
    """Move the tables of an older lake forward, one version a snapshot, after a back-up of its catalog; refuse a newer lake."""
    if version > VERSION:
        raise LakeVersionError(
            f"The lake in {address} has tables of version {version}; this installation knows {VERSION}.",
            f"Install what wrote it, or a later one: pip install 'text2sql-store>={_software(address)}'",
        )
    if address.kind == "frozen":
        raise LakeVersionError(
            f"The frozen lake {address} has tables of version {version}, and {VERSION} is needed here.",
            f"Read it with what wrote it: pip install text2sql-store=={_software(address)}",
        )
    with exclusive(address), _writer(address) as connection:
        (version,) = connection.execute("SELECT max(version) FROM migrations").fetchone() or (version,)  # it may be done by now
        if version < VERSION:
            kept = _keep_catalog(address, version)
            logger.warning(
                "The catalog of the lake %s as it is now, with tables of version %s, is kept as %s", address, version, kept
            )
        for number, name, text in migrations(after=version):
            logger.warning("The lake in %s is moved from version %s to %s: %s", address, number - 1, number, name)
            try:
                with transaction(connection, f"migration {number}: {name}", command="migrate"):
                    connection.execute(text)
                    if number == VERSION:  # the views read the tables as they are in the end
                        _create_views(connection)
                    connection.execute("INSERT INTO migrations VALUES ($1, $2, now()::TIMESTAMP)", [number, name])
            except duckdb.Error as error:
                raise StoreError(
                    f"The migration of the lake in {address} to version {number} ({name}) failed and was undone: {error}",
                    remedy(error) or "Go on with the version of text2sql-store that wrote the lake, and report this.",
                ) from error
        _count_empty(connection, address)


def _count_empty(connection: duckdb.DuckDBPyConnection, address: Address) -> None:
    """Note in the catalog that tables without rows have none, as DuckLake does when it writes their first rows.

    Otherwise it asks the catalog anew for each column of such a table in each query: three quarters of the time of a query over
    views where most tables are empty, and a round trip to a server each. What it notes with the first rows is the same.
    """
    catalog = f'__ducklake_metadata_lake."{address.schema if address.kind == "postgres" else "main"}"'
    connection.execute("BEGIN")
    for table, name in (("ducklake_table_column_stats", "empty_columns"), ("ducklake_table_stats", "empty_tables")):
        rows = query(name).replace("__ducklake_metadata_lake.main", catalog)
        connection.execute(f"INSERT INTO {catalog}.{table} {rows}")
    connection.execute("COMMIT")


def _keep_catalog(address: Address, version: int) -> str:
    """Copy the catalog to beside itself; where it is now. Data files never change, so it is all that a migration could spoil."""
    if address.kind == "folder":
        kept = address.folder / f"catalog.version-{version}.sqlite"
        sqlite.back_up(engine.catalog_path(address.folder), kept)
        return kept.name
    kept_schema = _kept_schema(address.schema, version)
    with contextlib.closing(duckdb.connect()) as connection:
        engine.attach_database(connection, address, "catalog")
        found = connection.execute("SELECT table_name FROM duckdb_tables() WHERE schema_name = $1", [address.schema]).fetchall()
        quoted = kept_schema.replace("'", "''")
        text = f"SELECT obj_description(oid, 'pg_namespace') FROM pg_namespace WHERE nspname = '{quoted}'"
        row = connection.execute("FROM postgres_query('catalog', $1)", [text]).fetchone()
        if row and row[0] != _KEPT:
            raise StoreError(
                f"The catalog of {address} is to be kept as the schema {kept_schema}, and there is one that no migration made.",
                f'Give that one another name: ALTER SCHEMA "{kept_schema}" RENAME TO ...',
            )
        statements = [
            f'DROP SCHEMA IF EXISTS "{kept_schema}" CASCADE',
            f'CREATE SCHEMA "{kept_schema}"',
            f"COMMENT ON SCHEMA \"{kept_schema}\" IS '{_KEPT}'",
        ]
        for (table,) in found:
            if table.startswith("ducklake_"):
                own, copy = f'"{address.schema}"."{table}"', f'"{kept_schema}"."{table}"'
                statements.append(f"CREATE TABLE {copy} (LIKE {own} INCLUDING ALL)")  # writers that meet notice it by the keys
                statements.append(f"INSERT INTO {copy} TABLE {own}")
        text = "; ".join(statements)
        try:
            connection.execute("CALL postgres_execute('catalog', $1)", [text])
        except duckdb.Error as error:
            why = str(error).rpartition(text)[2].strip('": \n')
            raise StoreError(
                f"The catalog of {address} could not be kept, so the lake was left at version {version}: {why}",
                remedy(error) or _OWNER,
            ) from error
    return f"schema {kept_schema}"


def _kept_schema(schema: str, version: int) -> str:
    """Where the catalog is kept: beside it, under a name that PostgreSQL does not cut, which could be to the lake's own."""
    name = f"{schema}_version_{version}"
    if len(name.encode()) <= _LONGEST:
        return name
    return f"lake_{hashlib.sha256(schema.encode()).hexdigest()[:16]}_version_{version}"


def _software(address: Address) -> str:
    """The version of this package that last made or moved the tables of a lake, or wrote to it since."""
    with engine.own_connection() as connection:
        engine.attach(connection, address, "lake")
        row = connection.execute(query("last_migration")).fetchone()
    return str(row[0]) if row and row[0] else "0"


@contextlib.contextmanager
def _writer(address: Address, *, create: bool = False) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection of its own whose current catalog is the lake, writable."""
    with engine.own_connection() as connection:
        engine.attach(connection, address, "lake", read_only=False, create=create)
        connection.execute("USE lake")
        yield connection


def _create_views(connection: duckdb.DuckDBPyConnection) -> None:
    for view in views().values():
        connection.execute(view.sql)
