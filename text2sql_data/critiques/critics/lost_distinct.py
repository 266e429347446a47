"""DISTINCT lost in a join: a column is unique in its table, and a one-to-many join repeats it.

Asked of the database: the finding says how many rows there are and how many of them differ. COUNT of such a column counts the
repetitions. Comparators that compare sets of rows do not mind the first form, so it says little about their verdicts.
"""

from collections.abc import Iterator, Sequence
from functools import partial

from sqlglot import exp

from text2sql_data.critiques.critics.probing import alone, is_aggregate
from text2sql_data.critiques.model import Finding, Found, Probe, Statement
from text2sql_data.critiques.scopes import Scope
from text2sql_data.critiques.stored import quoted
from text2sql_data.execution.outcome import Row

_MOST_COLUMNS = 6


def lost_distinct(statement: Statement) -> Iterator[Found]:
    """The outermost SELECT, where it joins tables and selects the columns of one of them, or counts one of its columns."""
    tree = statement.tree.unnest()
    scope = next((scope for scope in statement.scopes if scope.select is tree), None)
    if scope is None or len(scope.sources) < 2 or any(scope.select.args.get(n) for n in ("distinct", "group", "limit")):  # noqa: PLR2004 - a join
        return
    items = [item.unalias() for item in scope.select.expressions]
    counted = len(items) == 1 and isinstance(items[0], exp.Count) and isinstance(items[0].this, exp.Column)
    if not counted and any(is_aggregate(node) for node in scope.nodes):
        return
    columns = [items[0].this] if counted else items
    tables = set()
    for column in columns[:_MOST_COLUMNS]:
        use = statement.uses.get(id(column))
        if use is None or use.source is None or use.source.table is None or use.source.table.is_view or use.of is not scope:
            return
        tables.add(use.source.table.name)
        sources = use.source
    if len(tables) == 1 and len(columns) <= _MOST_COLUMNS:
        sql = _probe(statement, scope, columns, sources.table.name if sources.table else "")
        if sql is not None:
            yield Probe(sql, partial(_answer, [column.sql("sqlite") for column in columns], tables.pop(), counted))


def _probe(statement: Statement, scope: Scope, columns: Sequence[exp.Expr], table: str) -> str | None:
    """Rows, different rows, and for each column whether its table has each value once."""
    query = alone(statement, scope)
    if query is None:
        return None
    query.set("expressions", [exp.alias_(column.copy(), f"c{number}") for number, column in enumerate(columns)])
    query.set("order", None)
    joined = query.sql("sqlite")
    unique = ", ".join(
        f"(SELECT count(*) = count(DISTINCT {name}) FROM {quoted(table)})" for name in (quoted(column.name) for column in columns)
    )
    return f"SELECT (SELECT count(*) FROM ({joined})), (SELECT count(*) FROM (SELECT DISTINCT * FROM ({joined}))), {unique}"


def _answer(columns: Sequence[str], table: str, counted: bool, rows: Sequence[Row]) -> Finding | None:
    if not rows:
        return None
    n, different, *unique = rows[0]
    if not isinstance(n, int) or not isinstance(different, int):
        return None
    found = [column for column, is_unique in zip(columns, unique, strict=True) if is_unique]
    if not found or n == different:
        return None
    if counted:
        saw = f"count({found[0]}): it is unique in {table}, and the join repeats it; {n} are counted, {different} are different"
        return Finding(saw, f"count(DISTINCT {found[0]})")
    saw = f"{found[0]} is unique in {table}, and the join repeats it: {n} rows, {different} of them different"
    return Finding(saw, f"SELECT DISTINCT {', '.join(columns)}")
