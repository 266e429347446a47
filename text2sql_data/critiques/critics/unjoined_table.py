"""A join without a condition: every row of one table is paired with every row of another.

A condition is anything in ON or WHERE that speaks of both, USING and NATURAL among them. CROSS JOIN in so many words is taken
for an intention, and so is a table or subquery with a single row.
"""

import re
from collections.abc import Iterator

from sqlglot import exp

from text2sql_data.critiques.model import Finding, Found, Statement
from text2sql_data.critiques.scopes import Scope, Source
from text2sql_data.critiques.stored import Table, shown

_INTENDED = re.compile(r"\bcross\s+join\b|\bon\s*\(?\s*(?:true|1)\b", re.IGNORECASE)


def unjoined_table(statement: Statement) -> Iterator[Found]:
    """Tables in FROM that nothing relates to the others."""
    if _INTENDED.search(statement.text):
        return
    for scope in statement.scopes:
        sources = scope.sources
        certain = all(statement.uses[id(column)].kind in {"column", "alias", "text"} for column in scope.columns)
        if len(sources) < 2 or scope.natural or not certain or any(source.columns is None for source in sources):  # noqa: PLR2004 - a pair
            continue
        groups = _groups(statement, scope)
        first, *others = groups
        for group in others:
            yield Finding(
                f"{group[0].title} is joined with {first[0].title} without a condition: each row of one meets each of the other",
                _change(first, group),
            )


def _groups(statement: Statement, scope: Scope) -> list[list[Source]]:
    """The sources grouped by what relates them, without the groups in which one has a single row."""
    group = {id(source): number for number, source in enumerate(scope.sources)}
    related = [{id(source) for source in scope.sources}] if scope.merged else []  # which of them USING relates is not told apart
    related += [_members(statement, scope, condition) for condition in _conditions(scope.select)]
    for members in related:
        numbers = {group[member] for member in members}
        group = {member: min(numbers) if number in numbers else number for member, number in group.items()}
    found: dict[int, list[Source]] = {}
    for source in scope.sources:
        found.setdefault(group[id(source)], []).append(source)
    return [members for members in found.values() if not any(source.single for source in members)] or [scope.sources]


def _members(statement: Statement, scope: Scope, condition: exp.Expr) -> set[int]:
    """The sources of a scope that a condition speaks of, also from inside its subqueries; all of them where it cannot be told."""
    uses = [statement.uses.get(id(column)) for column in condition.find_all(exp.Column)]
    if any(use is None or use.kind == "open" for use in uses):
        return {id(source) for source in scope.sources}
    return {id(use.source) for use in uses if use is not None and use.source is not None and use.of is scope}


def _conditions(select: exp.Select) -> Iterator[exp.Expr]:
    """The parts of ON, WHERE and HAVING that AND connects."""
    parts = [join.args["on"] for join in select.find_all(exp.Join) if join.args.get("on")]
    parts += [select.args[name].this for name in ("where", "having") if select.args.get(name)]
    for part in parts:
        yield from part.flatten() if isinstance(part, exp.And) else [part]


def _change(first: list[Source], group: list[Source]) -> str:
    for one in first:
        for other in group:
            if one.table is not None and other.table is not None:
                pair = _keys(one.table, other.table) or _shared(one.table, other.table)
                if pair is not None:
                    return f"add {shown(one.name)}.{shown(pair[0])} = {shown(other.name)}.{shown(pair[1])}"
    return f"add a condition that relates {group[0].name} to {first[0].name}, or leave {group[0].name} out"


def _keys(one: Table, other: Table) -> tuple[str, str] | None:
    """The columns by which a foreign key relates two tables."""
    for key in one.foreign_keys:
        if key.table.lower() == other.name.lower() and len(key.columns) == len(key.to) == 1:
            return key.columns[0], key.to[0]
    for key in other.foreign_keys:
        if key.table.lower() == one.name.lower() and len(key.columns) == len(key.to) == 1:
            return key.to[0], key.columns[0]
    return None


def _shared(one: Table, other: Table) -> tuple[str, str] | None:
    """A column that has the same name in both, and is the key of one of them."""
    for name, column in one.columns.items():
        same = other.columns.get(name)
        if same is not None and (column.key or same.key) and name != "id":
            return column.name, same.name
    return None
