"""A column without a qualifier that several tables in FROM have, or a qualifier that two of them bear."""

from collections.abc import Iterator
from itertools import combinations

from text2sql_data.critiques.model import Finding, Found, Statement
from text2sql_data.critiques.scopes import Scope
from text2sql_data.critiques.stored import shown

_OWN_ALIAS = "give each of them an alias of its own"


def ambiguous_column(statement: Statement) -> Iterator[Found]:
    """References that SQLite answers with `ambiguous column name`."""
    for scope in statement.scopes:
        yield from _stars(scope)
        for column in scope.columns:
            use = statement.uses[id(column)]
            if use.kind != "ambiguous":
                continue
            if column.table:
                saw = f"{shown(column.table)}.{shown(column.name)}: {column.table} stands in FROM {len(use.sources)} times"
                yield Finding(saw, _OWN_ALIAS)
                continue
            titles = " and ".join(source.title for source in use.sources)
            written = [f"{shown(source.name)}.{shown((source.columns or {})[column.name.lower()])}" for source in use.sources]
            yield Finding(f"{shown(column.name)}: {titles} have a column of that name", f"write {' or '.join(written)}")


def _stars(scope: Scope) -> Iterator[Finding]:
    """A star over two sources of one name, which SQLite writes out with that name before each column."""
    if scope.natural or scope.merged or not any(item.is_star for item in scope.select.expressions):
        return
    for one, other in combinations(scope.sources, 2):
        shared = (one.columns or {}).keys() & (other.columns or {}).keys()
        if one.name and one.name.lower() == other.name.lower() and shared:
            yield Finding(f"*: {one.name} stands in FROM 2 times", _OWN_ALIAS)
