"""BIRD's column descriptions: the files database_description/{table}.csv beside a database.

Published copies come in several encodings and with small errors in their headers; a file that cannot be made sense of
is left out and reported, for a description is a help and never a condition.
"""

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from text2sql_data.schema.introspect import Described


class Read(NamedTuple):
    """Descriptions by the casefolded names of table and column, the files they are from, and what was left out."""

    descriptions: dict[tuple[str, str], Described]
    files: list[Path]
    problems: list[str]


def read_descriptions(folders: Sequence[Path]) -> Read:
    """The descriptions of the columns of a database, from the first of the folders that has any.

    A column without a description of its own is described by its long name, where the file gives one.
    """
    result = Read({}, [], [])
    for file in next(filter(None, map(_files, folders)), []):
        try:
            rows = list(csv.reader(io.StringIO(_decoded(file.read_bytes()), newline="")))
        except (OSError, csv.Error) as error:
            result.problems.append(f"{file}: {error}")
            continue
        header = [_normal(cell) for cell in rows[0]] if rows else []
        if "original_column_name" not in header:
            result.problems.append(f"{file}: no column original_column_name in its header")
            continue
        for cells in rows[1:]:
            row = dict(zip(header, (cell.strip() for cell in cells), strict=False))
            name = row.get("original_column_name")
            if name:
                result.descriptions[file.stem.strip().casefold(), name.casefold()] = Described(
                    row.get("column_description") or row.get("column_name") or None,
                    row.get("value_description") or None,
                )
        result.files.append(file)
    return result


def _files(folder: Path) -> list[Path]:
    try:
        return sorted((folder / "database_description").glob("*.[cC][sS][vV]"))
    except OSError:  # a name that is too long, a folder that may not be entered
        return []


def _decoded(data: bytes) -> str:
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return data.decode("latin-1")  # knows every byte


def _normal(cell: str) -> str:
    return "_".join(cell.strip("\ufeff \t").lower().split())
