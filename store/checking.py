"""Looking for what should not be in a lake: damaged files, repeated keys, rows that refer to nothing."""

import os
from typing import TYPE_CHECKING, NamedTuple

from store.address import is_remote
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

    Data files that are missing or have another size than the catalog says; when all are there, repeated keys and rows without
    the rows that they refer to.
    """
    problems = []
    for table in tables():
        named = lake.sql(_FILES, table=table).fetchall()
        sizes = _sizes(lake, [path for path, _ in named])
        for path, size in named:
            if path not in sizes:
                problems.append(Problem("missing_data_file", table, 1, path))
            elif sizes[path] != size:
                problems.append(Problem("damaged_data_file", table, 1, f"{path} has {sizes[path]} bytes, not {size}"))
    if problems:  # the rows cannot be looked at
        return problems
    return [Problem(*row) for name in ("repeated_keys", "dangling_references") for row in lake.sql(f"FROM {name}").fetchall()]


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
