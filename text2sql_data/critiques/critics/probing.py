"""Turning a part of a statement into a query of its own, to be run as a probe."""

from sqlglot import exp

from text2sql_data.critiques.model import Statement
from text2sql_data.critiques.scopes import Scope

_AGGREGATES = frozenset({"total", "group_concat", "json_group_array", "json_group_object", "string_agg"})


def alone(statement: Statement, scope: Scope) -> exp.Select | None:
    """A copy of a SELECT that can be run by itself.

    None where it cannot: where it refers to a SELECT around it, or to a CTE that is not the statement's own.
    """
    for column in scope.select.find_all(exp.Column):
        use = statement.uses.get(id(column))
        if use is not None and use.of is not None and _is_around(use.of, scope):
            return None
    withs = list(statement.tree.find_all(exp.With))
    own = statement.tree.args.get("with_")
    if any(with_ is not own for with_ in withs):
        return None
    query = scope.select.copy()
    if own is not None and scope.select is not statement.tree:
        query.set("with_", own.copy())
    return query


def is_aggregate(node: exp.Expr) -> bool:
    """Whether a node is a call that makes one value of many rows; MIN and MAX of several arguments are not, nor are windows."""
    if isinstance(node, exp.Min | exp.Max) and node.expressions:
        return False
    named = isinstance(node, exp.Anonymous) and str(node.this).lower() in _AGGREGATES
    return (isinstance(node, exp.AggFunc) or named) and not _is_windowed(node)


def _is_windowed(node: exp.Expr) -> bool:
    parent = node.parent
    while isinstance(parent, exp.Filter | exp.IgnoreNulls | exp.RespectNulls):
        parent = parent.parent
    return isinstance(parent, exp.Window)


def _is_around(outer: Scope, inner: Scope) -> bool:
    current = inner.parent
    while current is not None:
        if current is outer:
            return True
        current = current.parent
    return False
