"""Back-ups of a lake in a folder: catalogs by date, made by the database's own tool, over one set of data files.

Data files never change, so each back-up copies only those that are new. A back-up is complete once its `backup.json` is there.

    BACKUP/data/main/TABLE/*.parquet
    BACKUP/catalogs/2026-11-26T18-00-00-000000Z/{backup.json, files.json, catalog.sqlite | catalog.dump}
"""

import contextlib
import json
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, NamedTuple, TypeAlias

import duckdb

from store import catalogs, engine, files, places, sqlite
from store.address import Address, parse
from store.commit import versions
from store.copying import require_empty
from store.errors import AGAIN, LakeNotFoundError, StoreError, UnreachableError, remedy
from store.ids import file_sha256
from store.lake import open as open_lake
from store.turns import exclusive

Started: TypeAlias = Callable[[int], Callable[[int], None]]
"""Called with the number of bytes to copy; what it returns is called with the bytes of each file."""

_MANIFEST, _FILES = "backup.json", "files.json"
_EARLIER = "Take an earlier one: t2s lake restore --name NAME"
_CATALOGS = {"folder": "catalog.sqlite", "postgres": "catalog.dump"}


class BackupError(StoreError):
    """A back-up cannot be made or used."""


class Backup(NamedTuple):
    """One back-up: its name (when it was made, in UTC), the lake it is of, its version, its files and their bytes.

    `data` is where the lake had its data; empty in back-ups that do not say so.
    """

    name: str
    kind: Literal["folder", "postgres"]
    lake: str
    schema: str
    version: int
    files: int
    bytes: int
    sha256: str
    data: str = ""


def back_up_lake(address: Address, folder: Path, started: Started | None = None) -> Backup:
    """Back up a lake as it is now. Writers wait while the catalog is copied, and not for the data.

    Args:
        address: The lake: in a folder, or shared.
        folder: Where back-ups of this lake are; made when it is not there.
        started: See `Started`.

    Raises:
        BackupError: The folder has back-ups of another lake, or pg_dump failed.
    """
    if address.kind == "frozen":
        raise BackupError(f"{address} is frozen, and a copy of its folder is its back-up.", "Copy the folder.")
    others = [one for one in backups(folder) if one.lake != str(address)]
    if others:
        raise BackupError(f"{folder} has back-ups of {others[0].lake}.", "Give each lake a folder of its own.")
    name = datetime.now(UTC).strftime("%Y-%m-%dT%H-%M-%S-%fZ")
    place = folder / "catalogs" / name
    with contextlib.ExitStack() as incomplete:
        catalog = place / _CATALOGS[address.kind]
        # The lake is open before the turn is taken, as whoever tidies it does both: they never wait for each other.
        with open_lake(address, create=False) as lake, exclusive(address), contextlib.closing(duckdb.connect()) as connection:
            place.mkdir(parents=True)
            incomplete.callback(shutil.rmtree, place, ignore_errors=True)
            version, data = lake.version, lake.data
            if address.kind == "folder":
                sqlite.back_up(engine.catalog_path(address.folder), catalog)
            else:
                _dump(address, catalog)
            paths = catalogs.files_of(connection, address)
        (place / _FILES).write_text(json.dumps(paths), "utf-8")
        with contextlib.closing(duckdb.connect()) as connection:
            engine.prepare_data(connection, data)
            named = [files.Move(files.below(data, path), files.below(str(folder / "data"), path), size) for path, size in paths]
            total = sum(move.size for move in named)
            _copied(connection, named, started)
        made = Backup(name, address.kind, str(address), address.schema, version, len(named), total, file_sha256(catalog), data)
        part = place / f"{_MANIFEST}.part"
        part.write_text(json.dumps({**made._asdict(), "versions": versions()}, indent=2) + "\n", "utf-8")
        part.replace(place / _MANIFEST)
        incomplete.pop_all()
    return made


def backups(folder: Path) -> list[Backup]:
    """The complete back-ups in a folder, the oldest first."""
    found = []
    for path in sorted(folder.glob(f"catalogs/*/{_MANIFEST}")):
        try:
            said = json.loads(path.read_text("utf-8"))
            found.append(Backup(**{name: said[name] for name in Backup._fields if name in said}))
        except (ValueError, KeyError, TypeError) as error:
            raise BackupError(f"{path} is not what a back-up wrote: {error}", "Remove its folder, and back up again.") from error
    return found


def restore(folder: Path, target: Address, name: str | None = None, started: Started | None = None) -> Backup:
    """Make a lake from a back-up, where there is none. A lake in a folder goes into a folder, a shared one into PostgreSQL.

    Args:
        folder: Where the back-ups are.
        target: Where the lake is to be; a shared one keeps the name of its schema, and takes `data`.
        name: Which back-up; the latest when None.
        started: See `Started`.

    Raises:
        BackupError: There is no such back-up, it is damaged, or the target is of another kind.
    """
    chosen = _chosen(folder, name)
    place = folder / "catalogs" / chosen.name
    catalog = place / _CATALOGS[chosen.kind]
    if not catalog.is_file() or file_sha256(catalog) != chosen.sha256:
        raise BackupError(f"{catalog} is not what was backed up.", _EARLIER)
    if target.kind != chosen.kind:
        what = "a folder" if chosen.kind == "folder" else "postgres://..."
        raise BackupError(f"A back-up of {chosen.lake} cannot be restored to {target}.", f"Restore to {what}, then copy.")
    if target.schema != chosen.schema or (target.kind == "postgres" and target.data is None):
        raise BackupError(
            f"The back-up has the schema {chosen.schema}.", f"Give ...?schema={chosen.schema} and --data, for where its files go."
        )
    require_empty(target)
    with contextlib.closing(duckdb.connect()) as connection:
        engine.prepare_data(connection, target.data or "")
        named = [
            files.Move(files.below(str(folder / "data"), path), files.below(target.data or "", path), size)
            for path, size in _listed(place / _FILES)
        ]
        _claim(connection, chosen, target)
        _copied(connection, named, started)
    if chosen.kind == "folder":
        target.folder.mkdir(parents=True, exist_ok=True)
        with exclusive(target):
            require_empty(target)  # somebody else may have been faster
            shutil.copyfile(catalog, target.folder / "catalog.part")
            engine.remove_logs(target.folder)
            (target.folder / "catalog.part").replace(engine.catalog_path(target.folder))
    else:
        _load(target, catalog)
    with open_lake(target, create=False) as lake:
        if problems := lake.check():
            raise BackupError(
                f"What was restored to {target} is damaged: {problems[0]}",
                "Remove it, and take an earlier one: t2s lake restore --name NAME",
            )
    return chosen


def _chosen(folder: Path, name: str | None) -> Backup:
    known = backups(folder)
    if not known:
        raise LakeNotFoundError(f"There is no back-up in {folder}.", "Make one with: t2s lake backup FOLDER")
    for one in reversed(known):
        if name in {None, one.name}:
            return one
    raise BackupError(f"There is no back-up {name} in {folder}.", f"There are: {', '.join(one.name for one in known)}.")


def _listed(file: Path) -> list[tuple[str, int]]:
    """The files of a back-up: their path below its data, and their bytes."""
    try:
        return [(str(path), int(size)) for path, size in json.loads(file.read_text("utf-8"))]
    except (OSError, ValueError, TypeError) as error:
        raise BackupError(f"{file} cannot be read: {error}", _EARLIER) from error


def _claim(connection: duckdb.DuckDBPyConnection, backup: Backup, target: Address) -> None:
    """Make the place the target's: one of its own, or where the lake had its data if only its catalog is lost."""
    if target.data != backup.data:
        places.claim(connection, target, goes_on=True)
        return
    lake = parse(backup.lake)
    try:
        with contextlib.suppress(LakeNotFoundError), open_lake(lake, create=False) as still:
            if still.data == target.data:
                raise BackupError(
                    f"{backup.lake} is there, and has its data in {target.data}.", "Give another place with --data."
                )
    except UnreachableError as error:  # it may be there: two lakes in one place would delete each other's files
        raise BackupError(
            f"Whether {backup.lake} still has its data in {target.data} cannot be told: {error}",
            "Give another place with --data, or let the server of that lake answer.",
        ) from error
    places.take_over(connection, target, lake)


def _copied(connection: duckdb.DuckDBPyConnection, moves: list[files.Move], started: Started | None) -> None:
    try:
        files.copy(connection, moves, started(sum(move.size for move in moves)) if started else lambda _: None)
    except duckdb.Error as error:
        raise BackupError(f"A data file could not be copied: {error}", remedy(error) or AGAIN) from error


def _dump(address: Address, file: Path) -> None:
    schema = address.schema.replace('"', '""')  # a pattern, unless it is quoted
    _run("pg_dump", ["--format=custom", f'--schema="{schema}"', f"--file={file}", f"--dbname={address.conninfo}"])


def _load(address: Address, file: Path) -> None:
    """All tables in one transaction, in which the lake also learns where its data are."""
    with tempfile.TemporaryDirectory(prefix="text2sql-restore-") as place:
        script, chosen = Path(place) / "catalog.sql", Path(place) / "chosen.list"
        listed = _run("pg_restore", ["--list", str(file)]).splitlines()
        known = address.schema == "public"  # it is there in every database
        chosen.write_text("\n".join(line for line in listed if not (known and " SCHEMA - public " in line)), "utf-8")
        words = ["--no-owner", "--no-privileges", f"--use-list={chosen}", f"--file={script}", str(file)]
        _run("pg_restore", words)
        data = f"{address.data}/".replace("'", "''")
        schema = address.schema.replace('"', '""')
        moved = f"UPDATE \"{schema}\".ducklake_metadata SET value = '{data}' WHERE key = 'data_path'"
        options = ["--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1", f"--file={script}"]
        _run("psql", [*options, f"--command={moved}", f"--dbname={address.conninfo}"])


def _run(program: str, words: list[str]) -> str:
    try:
        done = subprocess.run(
            [program, *words] if program == "pg_restore" else [program, "--no-password", *words],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError as error:
        raise BackupError(f"{program} is not installed.", "apt-get install postgresql-client") from error
    if done.returncode:
        raise BackupError(
            f"{program} failed: {done.stderr.strip().partition(chr(10))[0]}",
            "It reads PGPASSWORD and ~/.pgpass, not DuckDB's secrets, and must be of the server's version or later.",
        )
    return done.stdout
