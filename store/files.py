"""Copying data files between folders, object stores and web servers, several at a time.

DuckDB moves what is remote, so that the same secrets count as for queries; a file is in memory as a whole meanwhile.
"""

import os
import shutil
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import duckdb

from store.address import is_remote
from store.errors import StoreError

_AT_ONCE = 4


class Move(NamedTuple):
    """A file that is to be copied: from where to where, and its size in bytes."""

    source: str
    target: str
    size: int


def copy(connection: duckdb.DuckDBPyConnection, moves: Iterable[Move], done: Callable[[int], None] = lambda _: None) -> None:
    """Copy files; those that are there with the right size are left alone, so that an interrupted copy goes on.

    Args:
        connection: Has the secrets and extensions that the places need.
        moves: What to copy.
        done: Called with the size of each file once it is there.

    Raises:
        StoreError: A file is missing, or came out with another size.
    """

    def one(move: Move) -> int:
        if _size(connection, move.target) != move.size:
            _copy(connection, move)
            if (size := _size(connection, move.target)) != move.size:
                raise StoreError(
                    f"{move.target} has {size} bytes, and {move.source} should have {move.size}.",
                    "The source is damaged (see t2s check), or the target is full; what was copied is kept.",
                )
        return move.size

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        try:
            for size in pool.map(one, moves):
                done(size)
        finally:  # after Ctrl-C or an error, what was not begun is not begun any more
            pool.shutdown(cancel_futures=True)


def fetch(connection: duckdb.DuckDBPyConnection, source: str, target: str) -> None:
    """Copy one file, whatever its size, from anywhere to this machine or to an object store."""
    _copy(connection, Move(source, target, 0))


def below(place: str, path: str) -> str:
    """A file below a place, by a path that whoever made a catalog wrote.

    Raises:
        StoreError: The path leads out of the place, or means several files.
    """
    if any(part in {"", ".", ".."} for part in path.split("/")) or set(path) & set("\\*?[]\0"):
        raise StoreError(f"The catalog names {path!r}, which is no file below its data.", "No lake wrote that: do not use it.")
    return f"{place}/{path}"


def find(connection: duckdb.DuckDBPyConnection, place: str, pattern: str) -> list[str]:
    """The files below a place that have a pattern, such as `**/*.parquet`."""
    if not is_remote(place):
        return sorted(str(path) for path in Path(place).glob(pattern))
    with connection.cursor() as cursor:
        found = cursor.execute("SELECT file FROM glob($1) ORDER BY 1", [f"{place}/{pattern}"])
        return [path for (path,) in found.fetchall()]


def write_text(connection: duckdb.DuckDBPyConnection, file: str, text: str) -> None:
    """Write a text file."""
    if not is_remote(file):
        Path(file).parent.mkdir(parents=True, exist_ok=True)
    with connection.cursor() as cursor:
        cursor.execute(f"COPY (SELECT {_literal(text)}::BLOB AS content) TO {_literal(file)} (FORMAT blob)")


def _copy(connection: duckdb.DuckDBPyConnection, move: Move) -> None:
    if not is_remote(move.source) and not Path(move.source).exists():
        raise StoreError(
            f"{move.source} is not there.", "The source is damaged (see t2s check): put the file back from a back-up."
        )
    if is_remote(move.target):
        _write(connection, move.source, move.target)
        return
    target = Path(move.target)
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f"{target.name}.part")
    if is_remote(move.source):
        _write(connection, move.source, str(part))
    else:
        shutil.copyfile(move.source, part)
    with part.open("rb") as file:
        os.fsync(file.fileno())
    part.replace(target)


def _write(connection: duckdb.DuckDBPyConnection, source: str, target: str) -> None:
    text = f"COPY (SELECT content FROM read_blob({_literal(source)})) TO {_literal(target)} (FORMAT blob)"
    with connection.cursor() as cursor:
        cursor.execute(text)


def _size(connection: duckdb.DuckDBPyConnection, place: str) -> int | None:
    """The size of a file in bytes; None where it is not there."""
    if not is_remote(place):
        return Path(place).stat().st_size if Path(place).exists() else None
    with connection.cursor() as cursor:
        try:
            row = cursor.execute("SELECT size FROM read_blob($1)", [place]).fetchone()
        except duckdb.Error as error:
            if getattr(error, "status_code", None) != 404 and "No files found" not in str(error):  # noqa: PLR2004 - not found
                raise
            return None
    return int(row[0]) if row else None


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
