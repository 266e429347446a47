"""A table in FROM that the database does not have."""

from collections.abc import Iterator

from text2sql_data.critiques.model import Finding, Found, Statement
from text2sql_data.critiques.stored import nearest, shown


def unknown_table(statement: Statement) -> Iterator[Found]:
    """Names in FROM that are no table, no view and no CTE."""
    tables = {key: table.name for key, table in statement.schema.tables.items()}
    for scope in statement.scopes:
        for source in scope.sources:
            if source.missing is not None:
                close = nearest(source.missing, tables)
                listed = ", ".join(shown(name) for name in tables.values())
                change = f"use {shown(close)}" if close else f"use one of {listed}"
                yield Finding(f"FROM {shown(source.missing)}: the database has no table of that name", change)
