"""The stored schema of a database as critics read it: tables by name, columns by name, foreign keys and row counts.

Names are looked up without regard to case, and shown as the database spells them.
"""

import json
from collections.abc import Mapping
from difflib import get_close_matches
from typing import NamedTuple


class Column(NamedTuple):
    """A column of a table; `key` says that it is the table's whole primary key."""

    name: str
    type: str
    nullable: bool
    key: bool


class ForeignKey(NamedTuple):
    """Columns that refer to another table's, one for one."""

    columns: tuple[str, ...]
    table: str
    to: tuple[str, ...]


class Table(NamedTuple):
    """A table or view; columns by their names in lower case. `n_rows` is None where nobody counted them."""

    name: str
    columns: Mapping[str, Column]
    foreign_keys: tuple[ForeignKey, ...]
    n_rows: int | None
    is_view: bool


class Schema(NamedTuple):
    """The tables by their names in lower case."""

    tables: Mapping[str, Table]

    def owners(self, column: str) -> list[Table]:
        """The tables that have a column of that name."""
        return [table for table in self.tables.values() if column.lower() in table.columns]


def read(stored: str) -> Schema:
    """The schema out of `databases.schema`; see docs/reference/schema.md for its form."""
    tables = {}
    for table in json.loads(stored)["tables"]:
        n_keys = sum(bool(column.get("pk")) for column in table["columns"])
        columns = {
            column["name"].lower(): Column(
                column["name"],
                column["type"] or "",
                nullable=not column.get("notnull"),
                key=bool(column.get("pk")) and n_keys == 1,
            )
            for column in table["columns"]
        }
        keys = tuple(ForeignKey(tuple(key["columns"]), key["table"], tuple(key["to"])) for key in table.get("foreign_keys") or ())
        tables[table["name"].lower()] = Table(table["name"], columns, keys, table.get("n_rows"), table.get("type") == "view")
    return Schema(tables)


def nearest(name: str, names: Mapping[str, str]) -> str | None:
    """The most similar of some names (by lower case, as spelt), where one is similar at all."""
    plain = {key.replace("_", "").replace(" ", ""): value for key, value in sorted(names.items())}
    found = get_close_matches(name.lower().replace("_", "").replace(" ", ""), plain, 1, 0.7)
    return plain[found[0]] if found else None


def quoted(name: str) -> str:
    """A name as an identifier in SQL."""
    return '"' + name.replace('"', '""') + '"'


def shown(name: str) -> str:
    """A name as a person would write it in SQL."""
    return name if name.isidentifier() else quoted(name)
