"""Mistakes that the invented systems make: those of every model, and some that only suit small and tidy schemas.

That a mistake changes the result is likely, never certain.
"""

from random import Random

from sqlglot import exp

from text2sql_data.draws import below, pick
from text2sql_data.sql_ast.mistakes import (
    changed_literal,
    inner_join,
    lost_condition,
    lost_distinct,
    lost_grouping,
    missing_join,
    negated_condition,
    wrong_aggregate,
    wrong_comparison,
    wrong_direction,
    wrong_limit,
)
from text2sql_data.sql_ast.syntax import Columns, Mutation, base_tables, identifier, known_columns, selects


def wrong_column(tree: exp.Expr, rng: Random, columns: Columns) -> exp.Expr | None:
    """Read another column of the same table."""
    found = [
        (column, table)
        for column, table in known_columns(tree, columns)
        if not column.find_ancestor(exp.Join) and not _compared_with_text(column)
    ]
    if not found:
        return None
    column, table = pick(rng, found)
    column.set("this", identifier(pick(rng, [name for name in columns[table] if name != column.name])))
    return tree


def _compared_with_text(column: exp.Column) -> bool:
    """Whether a text stands beside the column, which tells even a weak model which column is meant."""
    other = column.parent.args.get("expression") if isinstance(column.parent, exp.Predicate) else None
    return isinstance(other, exp.Literal) and other.is_string


def extra_column(tree: exp.Expr, rng: Random, columns: Columns) -> exp.Expr | None:
    """Return a column that nobody asked for."""
    outer = selects(tree)[0]
    asked = [(c, t) for c, t in known_columns(tree, columns) if c.parent is outer and c.arg_key == "expressions"]
    if not asked or outer.args.get("distinct") or isinstance(tree, exp.SetOperation):
        return None
    column, table = pick(rng, asked)
    name = pick(rng, [name for name in columns[table] if name != column.name])
    outer.append("expressions", exp.Column(this=identifier(name), table=column.args.get("table")))
    return tree


def lost_column(tree: exp.Expr, rng: Random, _: Columns) -> exp.Expr | None:
    """Leave out one of several columns that were asked for."""
    outer = selects(tree)[0]
    if len(outer.expressions) == 1:
        return None
    outer.expressions[below(rng, len(outer.expressions))].pop()
    return tree


def misspelt_column(tree: exp.Expr, rng: Random, columns: Columns) -> exp.Expr | None:
    """Name a column that does not exist; the query fails to execute."""
    found = [column for column, _ in known_columns(tree, columns)]
    if not found:
        return None
    column = pick(rng, found)
    name = column.name
    guess = name.replace("_", "", 1) if "_" in name else f"{name}s" if not name.endswith("s") else name[:-1]
    # A quoted name that does not exist would be taken for a text by SQLite, so the guess stays bare.
    column.set("this", exp.to_identifier(guess.replace(" ", "_"), quoted=False))
    return tree


def wrong_table(tree: exp.Expr, rng: Random, columns: Columns) -> exp.Expr | None:
    """Ask another table that has some of the columns; often this does not execute."""
    used = base_tables(tree)
    if len(used) != 1 or tree.find(exp.CTE, exp.Subquery):
        return None
    name = next(iter(used.values()))
    wanted = {column.name for column, _ in known_columns(tree, columns)}
    shared = {other: len(wanted & set(columns[other])) for other in columns if other != name}
    most = max(shared.values(), default=0)
    if most == 0:
        return None
    confused = pick(rng, sorted(other for other, n in shared.items() if n == most))
    for table in tree.find_all(exp.Table):
        table.set("this", identifier(confused))
    return tree


def wrong_join_key(tree: exp.Expr, rng: Random, columns: Columns) -> exp.Expr | None:
    """Join on another identifier of the same table."""
    found = [(column, table) for column, table in known_columns(tree, columns) if column.find_ancestor(exp.Join)]
    if not found:
        return None
    column, table = pick(rng, found)
    keys = [name for name in columns[table] if name.endswith("_id") and name != column.name]
    if not keys:
        return None
    column.set("this", identifier(pick(rng, keys)))
    return tree


def lost_join_condition(tree: exp.Expr, rng: Random, _: Columns) -> exp.Expr | None:
    """Join without a condition: every row with every row."""
    joins = [join for join in tree.find_all(exp.Join) if join.args.get("on")]
    if not joins:
        return None
    join = pick(rng, joins)
    join.set("on", None)
    join.set("side", None)
    join.set("kind", "CROSS")
    return tree


def lost_conversion(tree: exp.Expr, rng: Random, _: Columns) -> exp.Expr | None:
    """Take text for numbers, or divide integers without a fraction."""
    found: list[exp.Expr] = list(tree.find_all(exp.Cast))
    found += [n for n in tree.find_all(exp.Literal) if not n.is_string and n.name.endswith(".0")]
    if not found:
        return None
    node = pick(rng, found)
    node.replace(exp.Literal.number(node.name[:-2]) if isinstance(node, exp.Literal) else node.this)
    return tree


MISTAKES: tuple[Mutation, ...] = (
    wrong_column,
    extra_column,
    lost_column,
    misspelt_column,
    wrong_table,
    missing_join,
    wrong_join_key,
    lost_join_condition,
    inner_join,
    wrong_aggregate,
    lost_condition,
    negated_condition,
    wrong_comparison,
    changed_literal,
    wrong_direction,
    wrong_limit,
    lost_distinct,
    lost_grouping,
    lost_conversion,
)


def cut_off(sql: str, rng: Random) -> str:
    """The text of a query that breaks off before its end, as when a model runs out of tokens."""
    words = sql.split(" ")
    return " ".join(words[: max(1, len(words) - 1 - below(rng, 3))]).rstrip(")") + " ("
