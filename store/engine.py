"""DuckDB with DuckLake: extensions, and where a lake keeps its catalog and its data.

The catalog is a SQLite file in WAL mode beside the Parquet files, so that a notebook reads while an import writes.
"""

import contextlib
import fcntl
import os
import shutil
import sqlite3
import tempfile
import time
import warnings
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import duckdb

from store.errors import LakeNotFoundError, StoreError

EXTENSIONS = ("ducklake", "sqlite_scanner")
_SPILL = "text2sql-spill-"
_NEW = 60.0  # seconds
_NETWORK_FILE_SYSTEMS = frozenset({"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "lustre", "ceph", "glusterfs", "beegfs"})


def catalog_path(folder: Path) -> Path:
    """The catalog of the lake in a folder."""
    return folder / "catalog.sqlite"


def connect(spill: Path, memory_limit: str | None = None) -> duckdb.DuckDBPyConnection:
    """A DuckDB instance of its own, with the extensions that a lake needs; it uses TEXT2SQL_THREADS threads, or one a core.

    Args:
        spill: Folder for what does not fit into memory (see `spill_folder`).
        memory_limit: How much memory DuckDB may use before it spills, such as "1GB"; its own default when None.
    """
    connection = duckdb.connect(config={"temp_directory": str(spill), **_threads()})
    for extension in EXTENSIONS:
        _load(connection, extension)
    if memory_limit:
        connection.execute("SET memory_limit = $limit", {"limit": memory_limit})
    connection.execute("SET TimeZone = 'UTC'")
    return connection


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


def _load(connection: duckdb.DuckDBPyConnection, extension: str) -> None:
    spec = find_spec(f"duckdb_extension_{extension}")
    wheel = None
    if spec and spec.origin:
        name = Path("extensions") / f"v{duckdb.__version__}" / f"{extension}.duckdb_extension"
        wheel = Path(spec.origin).parent / name
    try:
        if wheel and wheel.exists():
            connection.execute(f"LOAD '{_quoted(wheel)}'")
        else:
            connection.execute(f"INSTALL {extension}")
            connection.execute(f"LOAD {extension}")
    except duckdb.Error as error:
        raise StoreError(
            f"DuckDB {duckdb.__version__} cannot load its extension {extension}: {error}",
            f"pip install duckdb-extension-{extension.replace('_', '-')}=={duckdb.__version__}, "
            f"or run INSTALL {extension} in DuckDB on a machine with a network.",
        ) from error


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
    """Make an empty catalog in WAL mode, in which readers and a writer do not wait for each other."""
    with contextlib.closing(sqlite3.connect(catalog_path(folder))) as catalog:
        catalog.execute("PRAGMA journal_mode = WAL")


def attach(
    connection: duckdb.DuckDBPyConnection,
    folder: Path,
    name: str,
    *,
    read_only: bool = True,
    snapshot: int | None = None,
) -> None:
    """Attach the lake in a folder under a name, as it is now or as it was at a snapshot."""
    if not catalog_path(folder).is_file():
        raise LakeNotFoundError(f"There is no lake in {folder}", "Make one with: t2s --lake PATH init")
    # An absolute path: a lake may be moved, and its catalog would otherwise insist on where it was made.
    options = [f"DATA_PATH '{_quoted(folder / 'data')}/'", "OVERRIDE_DATA_PATH true"]
    if read_only:
        options.append("READ_ONLY")
    if snapshot is not None:
        options.append(f"SNAPSHOT_VERSION {int(snapshot)}")
    try:
        connection.execute(f"ATTACH 'ducklake:sqlite:{_quoted(catalog_path(folder))}' AS {name} ({', '.join(options)})")
    except duckdb.InvalidInputException as error:
        if "does not exist" not in str(error):
            raise
        raise LakeNotFoundError(f"There is no lake in {folder} yet.", "Make one with: t2s --lake PATH init") from error


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


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
