"""Looking for what should not be in a lake: damaged files, repeated keys, rows that refer to nothing."""

import os
from typing import TYPE_CHECKING, NamedTuple

import duckdb

from store import engine, sqlite
from store.address import is_remote
from store.errors import QueryError, remedy
from store.tables import tables

if TYPE_CHECKING:
    from store.lake import Lake


_FILES = "SELECT data_file, data_file_size_bytes FROM ducklake_list_files('lake', $table)"


class Problem(NamedTuple):
    """Something in the lake that should not be there."""

    check: str
    table: str
    rows: int
    example: str


def check(lake: "Lake") -> list[Problem]:
    """What is wrong in a lake.

    Damaged pages of a catalog in a folder; data files that are missing or have another size than the catalog says; when nothing
    of these is found, all is read: data that cannot be read, repeated keys, rows without the rows that they refer to, and pins
    whose rows do not have their digest.
    """
    try:
        return _damaged_pages(lake) or _damaged_files(lake) or _unreadable(lake) or _contradictions(lake)
    except (duckdb.Error, QueryError) as error:
        return [_not_read("", error)]


def _not_read(table: str, error: Exception) -> Problem:
    """That something cannot be read; raised again where the lake is not to blame: short of memory, or the server is gone."""
    internal = isinstance(error, duckdb.InternalException)
    if not internal and (hint := remedy(error)) and "t2s check" not in hint:
        raise error
    return Problem("unreadable", table, 1, str(error).partition("\n")[0])


def _damaged_pages(lake: "Lake") -> list[Problem]:
    if lake.address.kind != "folder":
        return []
    return [Problem("damaged_catalog", "", 1, line) for line in sqlite.damage(engine.catalog_path(lake.folder))]


def _damaged_files(lake: "Lake") -> list[Problem]:
    problems = []
    for table in tables():
        named = lake.sql(_FILES, table=table).fetchall()
        sizes = _sizes(lake, [path for path, _ in named])
        for path, size in named:
            if path not in sizes:
                problems.append(Problem("missing_data_file", table, 1, path))
            elif sizes[path] != size:
                problems.append(Problem("damaged_data_file", table, 1, f"{path} has {sizes[path]} bytes, not {size}"))
    return problems


def _unreadable(lake: "Lake") -> list[Problem]:
    problems = []
    for table in tables():
        try:
            lake.sql(f"SELECT bit_xor(hash(r)) FROM (SELECT {table} AS r FROM {table})").fetchall()
        except (duckdb.Error, QueryError) as error:
            problems.append(_not_read(table, error))
    return problems


def _contradictions(lake: "Lake") -> list[Problem]:
    from store import pins  # which reads lakes

    problems = [Problem(*row) for name in ("repeated_keys", "dangling_references") for row in lake.sql(f"FROM {name}").fetchall()]
    for pin in pins.pins(lake):
        try:
            pins.check(lake, pin)
        except pins.PinDigestError as error:
            problems.append(Problem("changed_pin", "pin_rows", 1, str(error)))
    return problems


def _sizes(lake: "Lake", paths: list[str]) -> dict[str, int]:
    """The sizes in bytes of those files that are there."""
    if not paths:
        return {}
    if not is_remote(paths[0]):
        return {path: os.stat(path).st_size for path in paths if os.path.exists(path)}  # noqa: PTH110, PTH116 - millions of strings
    with lake.scratch() as scratch:
        if paths[0].startswith("http"):  # nothing can be listed there
            found = scratch.execute("SELECT filename, size FROM read_blob($paths)", paths=paths)
        else:
            pattern = f"{paths[0].rpartition('/')[0]}/*.parquet"
            found = scratch.execute("SELECT filename, size FROM read_blob($pattern)", pattern=pattern)
        return dict(found.fetchall())
