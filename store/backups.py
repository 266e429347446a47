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

from store import engine, files, sqlite
from store.address import Address
from store.commit import versions
from store.copying import catalog_files, require_empty
from store.errors import LakeNotFoundError, StoreError
from store.ids import file_sha256
from store.lake import open as open_lake
from store.turns import exclusive

Started: TypeAlias = Callable[[int], Callable[[int], None]]
"""Called with the number of bytes to copy; what it returns is called with the bytes of each file."""

_MANIFEST, _FILES = "backup.json", "files.json"
_CATALOGS = {"folder": "catalog.sqlite", "postgres": "catalog.dump"}


class BackupError(StoreError):
    """A back-up cannot be made or used."""


class Backup(NamedTuple):
    """One back-up: its name (when it was made, in UTC), the lake it is of, its version, its files and their bytes."""

    name: str
    kind: Literal["folder", "postgres"]
    lake: str
    schema: str
    version: int
    files: int
    bytes: int
    sha256: str


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
    with open_lake(address, create=False) as lake:
        version = lake.version
        data = lake.data
    place.mkdir(parents=True)
    with contextlib.ExitStack() as incomplete:
        incomplete.callback(shutil.rmtree, place, ignore_errors=True)
        catalog = place / _CATALOGS[address.kind]
        with exclusive(address):
            if address.kind == "folder":
                sqlite.back_up(engine.catalog_path(address.folder), catalog)
            else:
                _dump(address, catalog)
        with contextlib.closing(duckdb.connect()) as connection:
            paths = catalog_files(connection, address)
            (place / _FILES).write_text(json.dumps(paths), "utf-8")
            engine.prepare_data(connection, data)
            named = [files.Move(f"{data}/{path}", str(folder / "data" / path), size) for path, size in paths]
            total = sum(move.size for move in named)
            files.copy(connection, named, started(total) if started else lambda _: None)
        made = Backup(name, address.kind, str(address), address.schema, version, len(named), total, file_sha256(catalog))
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
            found.append(Backup(*(said[name] for name in Backup._fields)))
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
    if file_sha256(catalog) != chosen.sha256:
        raise BackupError(f"{catalog} is not what was backed up.", "Take an earlier one: t2s lake restore --name NAME")
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
        paths = json.loads((place / _FILES).read_text("utf-8"))
        named = [files.Move(str(folder / "data" / path), f"{target.data}/{path}", size) for path, size in paths]
        files.copy(connection, named, started(sum(move.size for move in named)) if started else lambda _: None)
        if chosen.kind == "folder":
            target.folder.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(catalog, target.folder / "catalog.part")
            (target.folder / "catalog.part").replace(engine.catalog_path(target.folder))
        else:
            _load(target, catalog)
            engine.attach_database(connection, target, "target")
            connection.execute(
                f"UPDATE target.\"{target.schema}\".ducklake_metadata SET value = $1 WHERE key = 'data_path'", [f"{target.data}/"]
            )
    with open_lake(target, create=False) as lake:
        if problems := lake.check():
            raise BackupError(f"What was restored is damaged: {problems[0]}", "Take an earlier one: t2s lake restore --name NAME")
    return chosen


def _chosen(folder: Path, name: str | None) -> Backup:
    known = backups(folder)
    if not known:
        raise LakeNotFoundError(f"There is no back-up in {folder}.", "Make one with: t2s lake backup FOLDER")
    for one in reversed(known):
        if name in {None, one.name}:
            return one
    raise BackupError(f"There is no back-up {name} in {folder}.", f"There are: {', '.join(one.name for one in known)}.")


def _dump(address: Address, file: Path) -> None:
    _run("pg_dump", ["--format=custom", f"--schema={address.schema}", f"--file={file}", f"--dbname={address.conninfo}"])


def _load(address: Address, file: Path) -> None:
    words = [
        "--no-owner",
        "--no-privileges",
        "--single-transaction",
        "--exit-on-error",
        f"--dbname={address.conninfo}",
        str(file),
    ]
    if address.schema == "public":  # it is there in every database
        listed = _run("pg_restore", ["--list", str(file)]).splitlines()
        with tempfile.NamedTemporaryFile("w", suffix=".list") as kept:
            kept.write("\n".join(line for line in listed if " SCHEMA - public " not in line))
            kept.flush()
            _run("pg_restore", [f"--use-list={kept.name}", *words])
        return
    _run("pg_restore", words)


def _run(program: str, words: list[str]) -> str:
    try:
        done = subprocess.run(
            [program, "--no-password", *words] if words[0] != "--list" else [program, *words],
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
