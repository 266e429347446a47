"""Schemas from tables.json, the file in which Spider and BIRD describe their databases: for a database that is absent.

It knows names, types and keys; it does not know NOT NULL, row counts or values, and those are null or empty.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, NamedTuple

import msgspec

from store.errors import StoreError
from store.ids import JSON
from text2sql_data.benchmarks.entries import entries
from text2sql_data.schema.introspect import Descriptions, described

_Place = Annotated[int, msgspec.Meta(ge=0)]
_Places = _Place | list[_Place]  # a composite key is a list


class _Entry(msgspec.Struct):
    """One database; columns are numbered over all its tables, and number 0 is the star of COUNT(*)."""

    table_names_original: list[str]
    column_names_original: list[tuple[int, str]]
    column_types: list[str]
    primary_keys: list[_Places]
    foreign_keys: list[tuple[_Places, _Places]]


class TablesFile(NamedTuple):
    """The schemas that a tables.json gives, by db_id, and why it gives none for a database that it names."""

    schemas: dict[str, dict[str, JSON]]
    problems: list[str]


def read_tables(path: Path, wanted: Mapping[str, Descriptions]) -> TablesFile:
    """The schemas of some databases, in the form that `introspect` gives.

    Args:
        path: The tables.json.
        wanted: The databases, each with the descriptions to attach to its columns.
    """
    found = TablesFile({}, [])
    try:
        for entry in entries(path):
            db_id = entry.value.get("db_id")
            if not isinstance(db_id, str) or db_id not in wanted:
                continue
            try:
                found.schemas[db_id] = _schema(msgspec.convert(entry.value, _Entry), wanted[db_id])
            except (msgspec.ValidationError, IndexError) as error:
                found.problems.append(f"{path}, {entry.where} ({db_id}): {error}")
    except StoreError as error:
        found.problems.append(str(error))
    return found


def _schema(entry: _Entry, descriptions: Descriptions) -> dict[str, JSON]:
    columns = entry.column_names_original
    key_places = {column: place for key in entry.primary_keys for place, column in enumerate(_listed(key), 1)}
    foreign: dict[int, list[JSON]] = {}
    for source, target in entry.foreign_keys:
        of_source, of_target = ([columns[place] for place in _listed(places)] for places in (source, target))
        foreign.setdefault(of_source[0][0], []).append(
            {
                "columns": [name for _, name in of_source],
                "table": entry.table_names_original[of_target[0][0]],
                "to": [name for _, name in of_target],
            }
        )
    tables: list[JSON] = [
        {
            "name": name,
            "type": "table",
            "n_rows": None,
            "columns": [
                {
                    "name": column,
                    "type": entry.column_types[number],
                    "notnull": None,
                    "pk": key_places.get(number, 0),
                    **described(descriptions, name, column),
                    "examples": [],
                }
                for number, (owner, column) in enumerate(columns)
                if owner == table
            ],
            "foreign_keys": foreign.get(table, []),
        }
        for table, name in enumerate(entry.table_names_original)
    ]
    return {"source": "tables.json", "encoding": None, "tables": tables}


def _listed(places: _Places) -> list[int]:
    return places if isinstance(places, list) else [places]
