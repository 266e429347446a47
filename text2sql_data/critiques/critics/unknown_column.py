"""A column that its table does not have, or that no table in FROM has: which alias it was looked for in, and who owns it."""

from collections.abc import Iterator

from sqlglot import exp

from text2sql_data.critiques.model import Finding, Found, Statement
from text2sql_data.critiques.scopes import Scope, Source, Use
from text2sql_data.critiques.stored import nearest, shown

_LISTED = 6


def unknown_column(statement: Statement) -> Iterator[Found]:
    """References that SQLite answers with `no such column`."""
    for scope in statement.scopes:
        for column in scope.columns:
            use = statement.uses[id(column)]
            if use.kind == "unknown":
                yield Finding(_saw(statement, column, use), _change(statement, column, use))


def _saw(statement: Statement, column: exp.Column, use: Use) -> str:
    written = _written(column)
    owners = [shown(table.name) for table in statement.schema.owners(column.name)]
    if not owners:
        known = "no table has it"
    else:
        known = f"{', '.join(owners[:_LISTED])}{' and others' if len(owners) > _LISTED else ''} {_have(owners)} it"
    visible = _visible(use.scope)
    if not column.table:
        sources = ", ".join(dict.fromkeys(source.title for source in visible)) or "which is empty"
        return f"{written}: no column {column.name} in FROM ({sources}); {known}"
    for source in visible:
        if source.name.lower() == column.table.lower():
            what = f"alias {source.name} is {source.table.name}" if source.table and source.title != source.name else ""
            kind = what or f"{source.name} is {'a table' if source.table else 'a subquery'}"
            return f"{written}: {kind}, which has no column {column.name}; {known}"
    what = "is not in FROM" if column.table.lower() in statement.schema.tables else "names nothing in FROM"
    return f"{written}: {column.table} {what}; {known}"


def _change(statement: Statement, column: exp.Column, use: Use) -> str:
    visible = _visible(use.scope)
    name = column.name.lower()
    for source in visible:
        if source.has(name):
            return f"use {_reference(source, name)}"
    for key in _spellings(column.name):
        for source in visible:
            if source.has(key):
                return f"use {_reference(source, key)}"
    owners = statement.schema.owners(name)
    named = statement.schema.tables.get(column.table.lower())
    owner = named if named in owners else next(iter(owners), None)
    if owner is not None:
        return f"join {shown(owner.name)} and use {shown(owner.name)}.{shown(owner.columns[name].name)}"
    own = [source for source in visible if source.name.lower() == column.table.lower()] or visible
    for source in own:
        close = nearest(name, source.columns or {})
        if close is not None:
            return f"use {_reference(source, close.lower())}"
    every = {
        key: f"{shown(table.name)}.{shown(spelt.name)}"
        for table in statement.schema.tables.values()
        for key, spelt in table.columns.items()
    }
    close = nearest(name, every)
    return f"use {close}" if close else f"leave {_written(column)} out: no column has a similar name"


def _visible(scope: Scope) -> list[Source]:
    """The sources that a reference in a SELECT can mean, the innermost first."""
    sources: list[Source] = []
    current: Scope | None = scope
    while current is not None:
        sources += current.sources
        current = current.parent
    return sources


def _spellings(name: str) -> list[str]:
    """The name with blanks for underscores, and the other way round."""
    return [name.lower().replace("_", " "), name.lower().replace(" ", "_")]


def _reference(source: Source, column: str) -> str:
    spelt = (source.columns or {}).get(column, column)
    return f"{shown(source.name)}.{shown(spelt)}" if source.name else shown(spelt)


def _written(column: exp.Column) -> str:
    return f"{shown(column.table)}.{shown(column.name)}" if column.table else shown(column.name)


def _have(owners: list[str]) -> str:
    return "has" if len(owners) == 1 else "have"
