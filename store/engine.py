"""DuckDB with DuckLake: extensions, and how a lake is attached, wherever it is.

In a folder the catalog is a SQLite file in WAL mode beside the Parquet files, so that a notebook reads while an import writes.
"""

import contextlib
import fcntl
import os
import shutil
import sqlite3
import tempfile
import time
import warnings
from collections.abc import Collection, Iterator
from importlib.util import find_spec
from pathlib import Path

import duckdb

from store import object_store
from store.address import FROZEN, Address, is_remote
from store.errors import AddressError, LakeNotFoundError, StoreError, UnreachableError, remedy
from store.tables import query

_CATALOGS = {"folder": "sqlite_scanner", "postgres": "postgres_scanner"}
_SPILL = "text2sql-spill-"
_NEW = 60.0  # seconds
_VERIFIED: dict[Path, tuple[int, int, int]] = {}
"""What each extension's file was when DuckDB verified its signature in this process: that hashes it, an eighth of a second."""

_NETWORK_FILE_SYSTEMS = frozenset({"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "lustre", "ceph", "glusterfs", "beegfs"})


def catalog_path(folder: Path) -> Path:
    """The catalog of the lake in a folder."""
    return folder / "catalog.sqlite"


def connect(spill: Path, memory_limit: str | None = None) -> duckdb.DuckDBPyConnection:
    """A DuckDB instance of its own, with DuckLake; it uses TEXT2SQL_THREADS threads, or one a core.

    Args:
        spill: Folder for what does not fit into memory (see `spill_folder`).
        memory_limit: How much memory DuckDB may use before it spills, such as "1GB"; its own default when None. What the
            variable TEXT2SQL_MEMORY says counts before it.
    """
    verified = [path for path, identity in list(_VERIFIED.items()) if path.exists() and _identity(path) == identity]
    unsigned = {"allow_unsigned_extensions": "true"} if verified else {}
    connection = duckdb.connect(config={"temp_directory": str(spill), **unsigned, **_threads()})
    for path in verified:  # the process has these very files already: they need not be hashed again
        connection.execute(f"LOAD '{quoted(path)}'")
    if verified:
        connection.execute("SET allow_unsigned_extensions = false")  # for good: DuckDB lets nobody turn it on again
    load(connection, "ducklake")
    if limit := os.environ.get("TEXT2SQL_MEMORY") or memory_limit:
        try:
            connection.execute(f"SET memory_limit = '{quoted(limit)}'")  # a parameter would import pandas
        except duckdb.Error as error:
            hint = remedy(error) or "Give a size, such as 4GB, in TEXT2SQL_MEMORY or memory_limit."
            raise StoreError(f"The limit on memory cannot be {limit}: {error}", hint) from error
    connection.execute("SET TimeZone = 'UTC'")
    return connection


def close(connection: duckdb.DuckDBPyConnection) -> None:
    """Close a connection; one that DuckDB cannot roll back any more is left as it is, for closing it would end the process.

    Its instance is invalid after an internal error, such as where the server of a catalog goes away in the middle of an answer.
    """
    try:
        with contextlib.suppress(duckdb.TransactionException):  # mostly there is none
            connection.execute("ROLLBACK")
    except duckdb.FatalException:
        import ctypes

        ctypes.pythonapi.Py_IncRef(ctypes.py_object(connection))
        return
    except duckdb.Error:  # such as a server that is gone: DuckDB has forgotten the transaction all the same
        pass
    connection.close()


@contextlib.contextmanager
def own_connection() -> Iterator[duckdb.DuckDBPyConnection]:
    """A DuckDB instance of its own that nothing is attached to, for as long as this lasts."""
    with spill_folder() as spill:
        connection = connect(spill)
        try:
            yield connection
        finally:
            close(connection)


def _threads() -> dict[str, str]:
    """The setting for as many threads as TEXT2SQL_THREADS says: on a shared machine not all cores are one's own."""
    asked = os.environ.get("TEXT2SQL_THREADS", "")
    if asked and not (asked.isdecimal() and int(asked) > 0):
        raise StoreError(f"TEXT2SQL_THREADS is {asked!r}, which is not a number of threads.", "Give 1 or more, or unset it.")
    return {"threads": asked} if asked else {}


@contextlib.contextmanager
def spill_folder() -> Iterator[Path]:
    """A folder of its own for what DuckDB spills, in the system's temporary folder rather than the working directory.

    It is locked while it is in use; those that a killed process left are found unlocked, and removed.
    """
    root = Path(tempfile.gettempdir())
    for lock in root.glob(f"{_SPILL}*/lock"):
        with contextlib.suppress(OSError), lock.open("r") as file:
            if time.time() - lock.stat().st_mtime < _NEW:  # its owner may be about to lock it
                continue
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(lock.parent, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix=_SPILL, dir=root))
    try:
        with (folder / "lock").open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def load(connection: duckdb.DuckDBPyConnection, extension: str) -> None:
    """Load an extension from its wheel, which DuckDB verifies by signature, or else from where DuckDB installs them.

    Raises:
        StoreError: It is in neither place.
    """
    spec = find_spec(f"duckdb_extension_{extension}")
    wheel = None
    if spec and spec.origin:
        name = Path("extensions") / f"v{duckdb.__version__}" / f"{extension}.duckdb_extension"
        wheel = Path(spec.origin).parent / name
    try:
        if wheel and wheel.exists():
            identity = _identity(wheel)
            connection.execute(f"LOAD '{quoted(wheel)}'")
            _VERIFIED[wheel] = identity
        else:
            connection.execute(f"INSTALL {extension}")
            connection.execute(f"LOAD {extension}")
    except duckdb.Error as error:
        raise StoreError(
            f"DuckDB {duckdb.__version__} cannot load its extension {extension}: {error}",
            remedy(error) or f"{_install(extension)}, or run INSTALL {extension} in DuckDB on a machine with a network.",
        ) from error


def _install(extension: str) -> str:
    extra = {"postgres_scanner": "postgres", "httpfs": "s3", "aws": "s3"}.get(extension)
    if extra:
        return f"pip install 'text2sql-store[{extra}]'"
    return f"pip install duckdb-extension-{extension.replace('_', '-')}=={duckdb.__version__}"


def _identity(path: Path) -> tuple[int, int, int]:
    status = path.stat()
    return status.st_ino, status.st_size, status.st_mtime_ns


def create_folder(folder: Path) -> None:
    """Make the folder of a lake, and warn where it is on a network file system."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"Cannot make a lake in {folder}: {error.strerror}", "Give a folder that you may write.") from error
    if (file_system := network_file_system(folder)) is not None:
        warnings.warn(
            f"{folder} is on {file_system}: SQLite's WAL mode does not work over a network, so only one process at a "
            "time may use this lake. Keep the lake on a local disk.",
            stacklevel=4,
        )


def create_catalog(folder: Path) -> None:
    """Make an empty catalog in WAL mode, in which readers and a writer do not wait for each other.

    It has its name when it is whole: killed half-way, SQLite would have to write to it before it could be read.
    """
    catalog = catalog_path(folder)
    if catalog.exists() and catalog.stat().st_size:  # from somebody who was killed before there were tables
        return
    part = catalog.with_suffix(".part")
    part.unlink(missing_ok=True)
    part.with_name(f"{part.name}-journal").unlink(missing_ok=True)
    with contextlib.closing(sqlite3.connect(part)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
    remove_logs(folder)
    part.replace(catalog)


def remove_logs(folder: Path) -> None:
    """Remove what is left beside a catalog that is gone: SQLite would apply it to the next one."""
    for log in ("-wal", "-shm", "-journal"):
        catalog = catalog_path(folder)
        catalog.with_name(f"{catalog.name}{log}").unlink(missing_ok=True)


def attach(
    connection: duckdb.DuckDBPyConnection,
    address: Address,
    name: str,
    *,
    read_only: bool = True,
    snapshot: int | None = None,
    create: bool = False,
) -> None:
    """Attach the lake at an address under a name, as it is now or as it was at a snapshot.

    Args:
        connection: From `connect`; it gets the extensions and the credentials that the address needs. With a frozen lake it
            reaches nothing else any more.
        address: Where the lake is.
        name: Name of the catalog.
        read_only: Whether nothing can be written through it.
        snapshot: Version of the lake that is read; the latest when None.
        create: Whether DuckLake makes a lake without tables where there is none.

    Raises:
        LakeNotFoundError: There is no lake, and `create` is false.
        StoreError: A frozen catalog has SQL of its own.
        UnreachableError: The server of the catalog does not answer.
    """
    if address.kind == "folder" and not catalog_path(address.folder).is_file():
        raise not_found(address)
    if address.kind == "frozen" and not (read_only or create):
        raise StoreError(f"{address} is a frozen lake, which nobody writes.", "Write to a copy: t2s lake copy SOURCE FOLDER")
    _prepare(connection, address)
    options = [f"CREATE_IF_NOT_EXISTS {create}"]
    if address.data is not None:
        options.append(f"DATA_PATH '{quoted(address.data)}/'")
    if address.kind == "postgres":
        options.append(f"METADATA_SCHEMA '{quoted(address.schema)}'")
    else:  # a lake may be moved, and its catalog would otherwise insist on where it was made
        options.append("OVERRIDE_DATA_PATH true")
    if read_only:
        options.append("READ_ONLY")
    if snapshot is not None:
        options.append(f"SNAPSHOT_VERSION {int(snapshot)}")
    try:
        if address.kind == "frozen" and not create:  # it may be anybody's: nothing of theirs is run before both are done
            require_tables(connection, address)
            _confine(connection, address)
        connection.execute(f"ATTACH 'ducklake:{quoted(address.catalog)}' AS {name} ({', '.join(options)})")
        if address.kind == "postgres":  # its catalog knows where the data are
            row = connection.execute("SELECT value FROM ducklake_options($1) WHERE option_name = 'data_path'", [name]).fetchone()
            prepare_data(connection, row[0] if row else "")
    except duckdb.Error as error:
        explain(address, error)
        raise


def require_tables(connection: duckdb.DuckDBPyConnection, address: Address) -> None:
    """Refuse a frozen catalog that has SQL of its own: DuckLake would run it where it expects its tables.

    Raises:
        StoreError: It has.
    """
    connection.execute(f"ATTACH '{quoted(address.catalog)}' AS somebodys (TYPE duckdb, READ_ONLY)")
    try:
        found = connection.execute(query("catalog_sql")).fetchall()
    finally:
        connection.execute("DETACH somebodys")
    if found:
        names = ", ".join(name for (name,) in found[:3])
        raise StoreError(
            f"The catalog of {address} has SQL of its own where its tables should be: {names}.",
            "No lake that this program wrote has that: do not use it.",
        )


def _confine(connection: duckdb.DuckDBPyConnection, address: Address) -> None:
    """Let queries read the lake and what they spill, and nothing else, for good: its views are the SQL of whoever made it."""
    row = connection.execute("SELECT current_setting('temp_directory')").fetchone()
    places = ", ".join(f"'{quoted(place)}/'" for place in filter(None, (address.place, row and row[0])))
    connection.execute(f"SET allowed_directories = [{places}]")
    connection.execute("SET enable_external_access = false")


def not_found(address: Address) -> LakeNotFoundError:
    """What there is to say where there is no lake."""
    if address.kind == "frozen":
        hint = "Publish one with: t2s pin publish NAME@VERSION FOLDER"
        if is_remote(address.place):  # DuckDB does not say whether the server has none, refuses or fails
            hint = f"See whether {address}/{FROZEN} can be fetched. {hint}"
        return LakeNotFoundError(f"There is no frozen lake at {address}", hint)
    data = " --data s3://BUCKET/PREFIX" if address.kind == "postgres" else ""
    where = "in" if address.kind == "folder" else "at"
    return LakeNotFoundError(f"There is no lake {where} {address}", f"Make one with: t2s --lake {_shown(address)}{data} init")


def _shown(address: Address) -> str:
    return "PATH" if address.kind == "folder" else f"'{address}'"


def _prepare(connection: duckdb.DuckDBPyConnection, address: Address) -> None:
    """Load what an address needs besides DuckLake."""
    if address.kind in _CATALOGS:
        load(connection, _CATALOGS[address.kind])
    if address.kind == "postgres" and address.data is None and find_spec("duckdb_extension_httpfs"):
        load(connection, "httpfs")  # its data may be anywhere
    prepare_data(connection, address.data or "")


def prepare_data(connection: duckdb.DuckDBPyConnection, data: str) -> None:
    """Load what a place of data needs: nothing for a folder."""
    if is_remote(data):
        load(connection, "httpfs")
        connection.execute("SET http_retries = 6")  # over 6 seconds in all: a store that is busy says 503 more often than thrice
        connection.execute("SET http_retry_backoff = 2")
    if data.startswith("s3://"):
        object_store.prepare(connection, data)


def attach_database(connection: duckdb.DuckDBPyConnection, address: Address, name: str) -> None:
    """Attach the PostgreSQL database of a lake itself, not as a lake.

    Raises:
        UnreachableError: The server does not answer.
    """
    load(connection, "postgres_scanner")
    try:
        connection.execute(f"ATTACH '{quoted(address.conninfo)}' AS {name} (TYPE postgres)")
    except duckdb.Error as error:
        explain(address, error)
        raise


def tables_on_server(address: Address) -> set[str]:
    """The tables of a lake in PostgreSQL as the server itself has them; none where there is no lake.

    DuckLake may take a server that hangs up for one that has no lake, or a lake without tables.
    """
    with contextlib.closing(duckdb.connect()) as connection:
        attach_database(connection, address, "server")

        def ask(text: str) -> set[str]:
            return {name for (name,) in connection.execute(f"FROM postgres_query('server', '{quoted(text)}')").fetchall()}

        schema = quoted(address.schema)
        if not ask(f"SELECT tablename FROM pg_tables WHERE schemaname = '{schema}' AND tablename = 'ducklake_table'"):
            return set()
        name = address.schema.replace('"', '""')
        return ask(f'SELECT table_name FROM "{name}".ducklake_table WHERE end_snapshot IS NULL')


def hid_tables(address: Address, error: Exception, tables: Collection[str]) -> bool:
    """Whether an error says that tables are not there which the server itself has: it hung up as DuckLake looked for them.

    Raises:
        UnreachableError: The server does not answer.
    """
    absent = isinstance(error, (duckdb.CatalogException, duckdb.InvalidInputException))
    return absent and address.kind == "postgres" and tables_on_server(address).issuperset(tables)


def hung_up(address: Address) -> UnreachableError:
    """What there is to say where DuckLake found nothing although there is something."""
    return UnreachableError(
        f"The server of the catalog of {address} hung up.",
        "Run the command again: what was committed is kept. If that does not help, its catalog is damaged: rename its schema, "
        "and restore it: t2s lake restore",
    )


def explain(address: Address, error: duckdb.Error) -> None:
    """Raise an error that says more than DuckDB's, where there is one."""
    said = str(error)
    if "explicitly disabled" in said and address.kind == "postgres" and tables_on_server(address):
        raise hung_up(address) from error
    if "explicitly disabled" in said or (address.kind == "frozen" and "database does not exist" in said):
        raise not_found(address) from error
    if "does not match existing data path" in said:
        raise AddressError(
            f"The lake at {address} has its data elsewhere: {said.partition('.')[0]}", "Leave data out."
        ) from error
    if "extension 'httpfs'" in said:
        raise StoreError(f"The data of {address} are in an object store.", "pip install 'text2sql-store[s3]'") from error
    if "Unable to connect to Postgres" in said:
        why = said.partition("Unable to connect to Postgres")[2].partition(": ")[2].strip().partition("\n")[0]
        raise UnreachableError(
            f"The catalog of {address} cannot be reached: {why}",
            "Start the server, or check host, port and database; who may come in say PGPASSWORD, ~/.pgpass or a DuckDB secret.",
        ) from error


def network_file_system(folder: Path, mounts: Path = Path("/proc/self/mounts")) -> str | None:
    """The type of the network file system that a folder is on, or None for a local one or where it cannot be told."""
    if not mounts.exists():
        return None
    target, best, kind = folder.resolve(), Path(), None
    for line in mounts.read_text("utf-8", "replace").splitlines():
        _, mount, file_system, *_ = line.split()
        point = Path(mount.replace("\\040", " "))
        if target.is_relative_to(point) and len(point.parts) >= len(best.parts):
            best, kind = point, file_system
    return kind if kind in _NETWORK_FILE_SYSTEMS or (kind or "").startswith("fuse.sshfs") else None


def quoted(path: Path | str) -> str:
    """A path or an address as it stands between the quotes of SQL."""
    return str(path).replace("'", "''")
