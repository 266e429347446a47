"""A stored schema as mutations read it, and which table a column of a query belongs to.

Names are looked up without regard to case, as SQLite does. What is not certain (two owners, a subquery among the sources) is
None, never a guess.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import apsw
from sqlglot import exp

from text2sql_data.sql_ast.syntax import identifier

_KEYWORDS = frozenset(word.lower() for word in apsw.keywords)
_FAMILIES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("time", ("DATE", "TIME", "YEAR")),
    ("number", ("INT", "REAL", "FLOA", "DOUB", "NUM", "DEC", "BOOL", "BIT")),
    ("text", ("CHAR", "CLOB", "TEXT", "STRING")),
)


class Column(NamedTuple):
    """A column: its name as declared, the family of its type (number, text, time or other), and some of its values."""

    name: str
    family: str
    key: bool
    examples: tuple[str | int | float, ...]


class Table(NamedTuple):
    """A table or view: its name as declared, and its columns by their casefolded names."""

    name: str
    columns: Mapping[str, Column]


class Schema(NamedTuple):
    """The tables of a database by casefolded name, and the tables that foreign keys join to each."""

    tables: Mapping[str, Table]
    neighbours: Mapping[str, tuple[str, ...]]


class Source(NamedTuple):
    """What a SELECT reads under one name: a table of the schema, or None for a subquery or a common table expression."""

    alias: str
    table: Table | None
    node: exp.Expr


def read_schema(stored: Mapping[str, Any]) -> Schema:
    """The schema as `databases.schema` holds it."""
    tables: dict[str, Table] = {}
    joined: dict[str, dict[str, None]] = {}
    for table in stored.get("tables", ()):
        columns = {}
        for column in table["columns"]:
            examples = tuple(value for value in column.get("examples") or () if isinstance(value, str | int | float))
            family = _family(column["type"] or "", examples)
            columns[column["name"].casefold()] = Column(column["name"], family, bool(column.get("pk")), examples)
        tables[table["name"].casefold()] = Table(table["name"], columns)
    for table in stored.get("tables", ()):
        name = table["name"].casefold()
        for key in table.get("foreign_keys") or ():
            other = key["table"].casefold()
            if other in tables and other != name:
                joined.setdefault(name, {})[other] = None
                joined.setdefault(other, {})[name] = None
    return Schema(tables, {name: tuple(others) for name, others in joined.items()})


def _family(declared: str, examples: Sequence[str | float]) -> str:
    upper = declared.upper()
    for family, marks in _FAMILIES:
        if any(mark in upper for mark in marks):
            return family
    if examples:
        return "number" if all(isinstance(value, int | float) for value in examples) else "text"
    return "other"


def named(name: str) -> exp.Identifier:
    """A table or column name as an identifier, quoted where SQLite needs it."""
    return identifier(name, _KEYWORDS)


def sources(select: exp.Select, schema: Schema) -> list[Source]:
    """What a SELECT reads, in order: FROM, then the joins."""
    hidden = {cte.alias.casefold() for cte in select.root().find_all(exp.CTE)}
    source = select.args.get("from_")
    nodes = [source.this] if source else []
    nodes += [join.this for join in select.args.get("joins") or []]
    found = []
    for node in nodes:
        name = node.name.casefold() if isinstance(node, exp.Table) else ""
        found.append(Source(node.alias_or_name.casefold(), None if name in hidden else schema.tables.get(name), node))
    return found


def owner(column: exp.Column, schema: Schema) -> Table | None:
    """The table that a column is certainly read from."""
    qualifier, name = column.table.casefold(), column.name.casefold()
    select = column.find_ancestor(exp.Select)
    while select is not None:
        here = sources(select, schema)
        if qualifier:
            matching = [source.table for source in here if source.alias == qualifier]
            if matching:
                return matching[0] if matching[0] and name in matching[0].columns else None
        elif any(source.table is None for source in here):
            return None
        else:
            holders = [source.table for source in here if source.table and name in source.table.columns]
            if holders:
                return holders[0] if len(holders) == 1 else None
        select = select.find_ancestor(exp.Select)
    return None


def owned(tree: exp.Expr, schema: Schema) -> Iterator[tuple[exp.Column, Table]]:
    """Each column of a query whose table is certain, with that table; but for columns in the conditions of joins."""
    for column in tree.find_all(exp.Column):
        join = column.find_ancestor(exp.Join, exp.Select)
        if isinstance(join, exp.Join):
            continue
        table = owner(column, schema)
        if table is not None:
            yield column, table
