"""A column beside an aggregate, or beside GROUP BY, that a group does not determine: SQLite takes the value of any row.

Whether a group holds different values is asked of the database, so a column that depends on the key of its group is left alone.
So is a query whose only aggregate is MIN or MAX: there SQLite takes the row that has it.
"""

from collections.abc import Iterator, Sequence
from functools import partial

from sqlglot import exp

from text2sql_data.critiques.critics.probing import alone, is_aggregate
from text2sql_data.critiques.model import Finding, Found, Probe, Statement
from text2sql_data.critiques.scopes import Scope
from text2sql_data.execution.outcome import Row
from text2sql_data.golds.ties import show


def bare_column(statement: Statement) -> Iterator[Found]:
    """Selected columns that are neither aggregated nor determined by what the rows are grouped by."""
    for scope in statement.scopes:
        group = scope.select.args.get("group")
        aggregates = [node for node in scope.nodes if is_aggregate(node)]
        if not (group or aggregates) or (len(aggregates) == 1 and isinstance(aggregates[0], exp.Min | exp.Max)):
            continue
        if any(item.is_star for item in scope.select.expressions if not isinstance(item.unalias(), exp.Count)):
            continue
        keys = _keys(scope)
        for column in _bare(statement, scope, keys):
            sql = _probe(statement, scope, column)
            if sql is not None:
                yield Probe(sql, partial(_answer, column.sql("sqlite"), [key.sql("sqlite") for key in keys]))


def _keys(scope: Scope) -> list[exp.Expr]:
    """What the rows are grouped by, with ordinals and aliases replaced by what they stand for."""
    group = scope.select.args.get("group")
    keys: list[exp.Expr] = []
    for key in group.expressions if group else ():
        items = scope.select.expressions
        if isinstance(key, exp.Literal) and not key.is_string and key.name.isdigit() and 0 < int(key.name) <= len(items):
            keys.append(items[int(key.name) - 1].unalias())
        else:
            keys.append(key)
    return keys


def _bare(statement: Statement, scope: Scope, keys: Sequence[exp.Expr]) -> Iterator[exp.Column]:
    """The selected columns of a scope's own sources outside of aggregates, windows, subqueries and keys."""
    grouped = {place for key in keys for place in (_place(statement, scope, key),) if place}
    aliased = {key.name.lower() for key in keys if isinstance(key, exp.Column)}
    for item in scope.select.expressions:
        if item.unalias() in keys or (item.alias and item.alias.lower() in aliased):
            continue
        for column in _outside(item):
            place = _place(statement, scope, column)
            if place is not None and place not in grouped:
                yield column


def _place(statement: Statement, scope: Scope, node: exp.Expr | None) -> tuple[int, str] | None:
    """Source and name of a column of the scope; an alias stands for what it names."""
    use = statement.uses.get(id(node))
    if node is None or use is None or use.of is not scope:
        return None
    if use.kind == "alias":
        return _place(statement, scope, scope.aliases.get(node.name.lower()))
    return (id(use.source), node.name.lower()) if use.source else None


def _outside(node: exp.Expr) -> Iterator[exp.Column]:
    if isinstance(node, exp.AggFunc | exp.Window | exp.Query | exp.Anonymous | exp.Filter):
        return
    if isinstance(node, exp.Column):
        yield node
        return
    for child in node.iter_expressions():
        yield from _outside(child)


def _probe(statement: Statement, scope: Scope, column: exp.Column) -> str | None:
    """The query whose one row, if there is one, is a group with two values of the column."""
    query = alone(statement, scope)
    if query is None:
        return None
    several = exp.GT(this=exp.Count(this=exp.Distinct(expressions=[column.copy()])), expression=exp.Literal.number(1))
    having = query.args.get("having")
    query.set("having", exp.Having(this=exp.and_(having.this, several) if having else several))
    for added in (exp.Min(this=column.copy()), exp.Max(this=column.copy())):
        query.append("expressions", added)
    query.set("distinct", None)
    query.set("order", None)
    query.set("offset", None)
    query.set("limit", exp.Limit(expression=exp.Literal.number(1)))
    return query.sql("sqlite")


def _answer(column: str, keys: Sequence[str], rows: Sequence[Row]) -> Finding | None:
    if not rows:
        return None
    low, high = show(rows[0][-2]), show(rows[0][-1])
    if keys:
        grouped = ", ".join(keys)
        saw = f"{column}: GROUP BY {grouped} leaves it open; one group holds {low} and {high}, and SQLite takes either"
        return Finding(saw, f"add {column} to GROUP BY, or aggregate it")
    saw = f"{column}: it stands beside an aggregate without GROUP BY; the rows hold {low} and {high}, and SQLite takes either"
    return Finding(saw, f"add GROUP BY {column}, or leave it out")
