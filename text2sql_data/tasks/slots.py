"""What the slots of templates can be filled with, read from a database: columns by the part that they can play, and values.

| slot | what | in a question |
|---|---|---|
| table | a table with rows | {one}: one row of it, {tables}: several |
| column, other | two of its columns that are no keys | their names in words |
| category, value | a column of texts with few different values, and one of them | the value as it is stored |
| number, low, high | a column of numbers that vary, and two numbers between its least and its largest | |
| missing | a column with NULLs | |
| aggregate | AVG, MAX, MIN or SUM | average, highest, lowest, total |
| k | a whole number from 1 to 5 | |
| parent, fk, key | a table that a column of this table refers to, that column, and the parent's key | |
| label, label_value | a column of the parent that tells its rows apart, and a value of it | |
"""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import apsw

from text2sql_data.draws import below, pick
from text2sql_data.schema.confined import introspect

AGGREGATES = {"AVG": "average", "MAX": "highest", "MIN": "lowest", "SUM": "total"}
_CATEGORIES = range(2, 21)
_CHARS = 30
_STEPS = 12
_LARGEST = 5


class Table(NamedTuple):
    """A table and the parts that its columns can play.

    Attributes:
        name: Its name.
        columns: Columns that are no keys.
        categories: Columns with few different values, and these.
        numbers: Columns of numbers that vary, and round numbers between the least and the largest.
        missing: Columns with NULLs.
        labels: Columns that tell the rows apart, and their values.
        parents: For each foreign key of one column: the column, the table, its key.
    """

    name: str
    columns: list[str]
    categories: dict[str, list[str]]
    numbers: dict[str, list[float | int]]
    missing: list[str]
    labels: dict[str, list[str]]
    parents: list[tuple[str, str, str]]


class Filling(NamedTuple):
    """What fills the slots of a template: in SQL, and as words."""

    sql: dict[str, str]
    words: dict[str, str]


def read(path: Path) -> dict[str, Table]:
    """The tables of a database that have rows, by name.

    Args:
        path: A SQLite file; it is only read.

    Raises:
        UnreadableDatabaseError: SQLite cannot read it.
    """
    schema: Any = introspect(path)
    connection = apsw.Connection(f"file:{path}?mode=ro", flags=apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI)
    try:
        return {
            table["name"]: _table(connection, table) for table in schema["tables"] if table["type"] == "table" and table["n_rows"]
        }
    finally:
        connection.close()


def _table(connection: apsw.Connection, table: Mapping[str, Any]) -> Table:
    name = table["name"]
    parents = [(key["columns"][0], key["table"], key["to"][0]) for key in table["foreign_keys"] if len(key["to"]) == 1]
    keys = {column["name"] for column in table["columns"] if column["pk"]} | {column for column, _, _ in parents}
    found = Table(name, [], {}, {}, [], {}, parents)
    for column in (one["name"] for one in table["columns"] if one["name"] not in keys):
        values = [value for (value,) in connection.execute(f"SELECT {quoted(column)} FROM {quoted(name)}")]
        if any(isinstance(value, bytes) for value in values):
            continue
        found.columns.append(column)
        told = [value for value in values if value is not None]
        if len(told) < len(values):
            found.missing.append(column)
        different = sorted(set(told), key=lambda value: (isinstance(value, str), value))
        texts = [value for value in different if isinstance(value, str) and _plain(value)]
        if len(different) in _CATEGORIES and len(different) < len(told) and len(texts) == len(different):
            found.categories[column] = texts
        if len(texts) == len(different) and len(different) == len(values) > 1:
            found.labels[column] = texts
        if len(different) > _LARGEST and not any(isinstance(value, str) for value in different):
            found.numbers[column] = _between(different)
    return found


def fill(template_slots: Iterable[str], tables: Mapping[str, Table], rng: Random) -> Filling | None:
    """Draw something for every slot of a template.

    Returns:
        None where this draw of a table cannot fill them all.
    """
    wanted = frozenset(template_slots)
    table = pick(rng, list(tables.values()))
    sql = {"table": quoted(table.name)}
    words = {"one": spoken(table.name), "tables": plural(spoken(table.name))}
    try:
        if wanted & {"category", "value"}:
            category = pick(rng, list(table.categories))
            value = pick(rng, table.categories[category])
            sql |= {"category": quoted(category), "value": literal(value)}
            words |= {"category": spoken(category), "value": value}
        if wanted & {"number", "low", "high"}:
            number = pick(rng, list(table.numbers))
            low, high = sorted((pick(rng, table.numbers[number]), pick(rng, table.numbers[number])))
            sql |= {"number": quoted(number), "low": literal(low), "high": literal(high)}
            words |= {"number": spoken(number), "low": str(low), "high": str(high)}
        if "missing" in wanted:
            missing = pick(rng, table.missing)
            sql["missing"], words["missing"] = quoted(missing), spoken(missing)
        if wanted & {"parent", "label"}:
            fk, name, key = pick(rng, [one for one in table.parents if one[1] in tables and tables[one[1]].labels])
            label = pick(rng, list(tables[name].labels))
            value = pick(rng, tables[name].labels[label])
            sql |= {
                "parent": quoted(name),
                "fk": quoted(fk),
                "key": quoted(key),
                "label": quoted(label),
                "label_value": literal(value),
            }
            words |= {"parent": spoken(name), "label": spoken(label), "label_value": value}
        if "column" in wanted:
            used = {sql.get("category"), sql.get("number")}
            column, other = _two(rng, [one for one in table.columns if quoted(one) not in used])
            sql |= {"column": quoted(column), "other": quoted(other)}
            words |= {"column": spoken(column), "other": spoken(other)}
    except LookupError:
        return None
    aggregate, k = pick(rng, list(AGGREGATES)), str(1 + below(rng, _LARGEST))
    return Filling(sql | {"aggregate": aggregate, "k": k}, words | {"aggregate": AGGREGATES[aggregate], "k": k})


def quoted(name: str) -> str:
    """A name as SQLite takes it: quoted where it has to be."""
    plain = re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name) and name.upper() not in apsw.keywords
    return name if plain else '"' + name.replace('"', '""') + '"'


def literal(value: str | float) -> str:
    """A value as SQL."""
    return "'" + value.replace("'", "''") + "'" if isinstance(value, str) else repr(value)


def spoken(name: str) -> str:
    """A name of a table or a column in words."""
    return name.replace("_", " ").lower()


def plural(word: str) -> str:
    """Several of what a word names, as most English words form it."""
    if re.search(r"[^aeiou]y$", word):
        return word[:-1] + "ies"
    return word + ("es" if re.search(r"(s|x|z|ch|sh)$", word) else "s")


def _plain(value: str) -> bool:
    return 0 < len(value) <= _CHARS and value == value.strip() and value.isprintable()


def _between(values: list[Any]) -> list[float | int]:
    """Some values between the least and the largest: those at equal steps through the sorted ones."""
    steps = [values[len(values) * step // _STEPS] for step in range(1, _STEPS)]
    return sorted(set(steps))


def _two(rng: Random, columns: list[str]) -> tuple[str, str]:
    first = pick(rng, columns)
    rest = [column for column in columns if column != first]
    return first, pick(rng, rest) if rest else first
