"""The files of databases: those whose content is still what was added, and stays so while SQL is executed on them."""

from collections.abc import Iterable, Sequence
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

from store import Lake
from store.ids import file_sha256
from text2sql_data.execution.database_cache import is_address
from text2sql_data.schema.introspect import side_file

DATABASES = (files("text2sql_data") / "execution" / "sql" / "databases.sql").read_text("utf-8")

Stamp = tuple[int, int, bool] | None
"""Size and time of a database file, and whether a log lies beside it; None for what is no file here, such as an address."""


class DatabaseFiles(NamedTuple):
    """Where databases lie.

    Attributes:
        paths: By identity. A path may be the address of an object store, which `pool` fetches; whether it is there is seen only
            then.
        unusable: Those whose file is gone or has changed, by path with the reason.
        stamps: What each file was before its content was looked at, by identity.
    """

    paths: dict[str, str]
    unusable: dict[str, str]
    stamps: dict[str, Stamp]

    def changed(self, databases: Iterable[str]) -> set[str]:
        """Those of the databases whose file was written to since it was looked at: what was read there may be of another content.

        They are among `unusable` from then on.
        """
        found = {database for database in set(databases) if _stamp(self.paths[database]) != self.stamps[database]}
        self.unusable.update({self.paths[database]: "has changed while SQL was executed on it" for database in found})
        return found


def database_files(lake: Lake, wanted: set[str]) -> DatabaseFiles:
    """Where the databases lie that are wanted, by their identities."""
    return usable(lake.sql(DATABASES).fetchall(), wanted)


def usable(rows: Sequence[tuple[str, str, str, int, int]], wanted: set[str]) -> DatabaseFiles:
    """The same from the rows of databases.sql."""
    stamps = {path: _stamp(path) for database, path, *_ in rows if database in wanted}
    paths: dict[str, str] = {}
    reasons: dict[str, tuple[str, str]] = {}
    for database, path, sha256, size, mtime_ns in sorted(rows, key=lambda row: is_address(row[1])):  # files first
        if database not in wanted or database in paths:
            continue
        if is_address(path):
            paths[database] = path
        elif reason := _unusable(Path(path), sha256, size, mtime_ns):
            reasons[path] = (database, reason)
        else:
            paths[database] = path
    unusable = {path: reason for path, (database, reason) in reasons.items() if database not in paths}
    return DatabaseFiles(paths, unusable, {database: stamps[path] for database, path in paths.items()})


def _unusable(path: Path, sha256: str, size: int, mtime_ns: int) -> str | None:
    """Why a file cannot be used."""
    try:
        stat = path.stat()
        # Hashing gigabytes at every start would be felt; a file of the same size and time is taken to be the same.
        if (stat.st_size, stat.st_mtime_ns) != (size, mtime_ns) and file_sha256(path) != sha256:
            return "has changed since the benchmark was added"
    except OSError as error:
        return error.strerror or "cannot be read"
    beside = side_file(path)
    return f"has changes in {beside.name} that its sha256 does not cover" if beside else None


def _stamp(path: str) -> Stamp:
    try:
        stat = Path(path).stat()
    except OSError:
        return None
    return stat.st_size, stat.st_mtime_ns, side_file(Path(path)) is not None
