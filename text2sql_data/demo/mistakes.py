"""Mistakes that Text-to-SQL models make, each a small change to the AST of a right query.

That a mistake changes the result is likely, never certain: a lost condition may have been true of every row.
"""

from collections.abc import Mapping
from random import Random

from sqlglot import exp

from text2sql_data.demo.draws import below, pick
from text2sql_data.demo.syntax import (
    Columns,
    Mutation,
    base_tables,
    conjuncts,
    drawn,
    identifier,
    known_columns,
    remove_conjunct,
    selects,
)

CONFUSED: Mapping[type[exp.Expr], type[exp.Expr]] = {
    exp.Max: exp.Min,
    exp.Min: exp.Max,
    exp.Avg: exp.Sum,
    exp.Sum: exp.Avg,
    exp.GT: exp.GTE,
    exp.GTE: exp.GT,
    exp.LT: exp.LTE,
    exp.LTE: exp.LT,
}
TIMES_TEN_AT_MOST = 100
"""Integers up to this one are confused with their neighbour, longer ones with ten times the number."""


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


def missing_join(tree: exp.Expr, rng: Random, _: Columns) -> exp.Expr | None:
    """Forget a joined table together with the conditions on it, where nothing else needs it."""
    inside = {id(column): part for part in conjuncts(tree) for column in part.find_all(exp.Column)}
    removable: list[tuple[exp.Join, list[exp.Expr]]] = []
    for join in tree.find_all(exp.Join):
        name = join.alias_or_name
        uses = [c for c in tree.find_all(exp.Column) if c.table == name and c.find_ancestor(exp.Join) is not join]
        if all(id(use) in inside for use in uses):
            parts = {id(inside[id(use)]): inside[id(use)] for use in uses}
            removable.append((join, list(parts.values())))
    if not removable:
        return None
    join, conditions = pick(rng, removable)
    for condition in conditions:
        remove_conjunct(condition)
    join.pop()
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


def inner_join(tree: exp.Expr, rng: Random, _: Columns) -> exp.Expr | None:
    """Join inner where a left join is needed: what has no partner is lost."""
    joins = [join for join in tree.find_all(exp.Join) if join.side == "LEFT"]
    if not joins:
        return None
    pick(rng, joins).set("side", None)
    return tree


def wrong_aggregate(tree: exp.Expr, rng: Random, _: Columns) -> exp.Expr | None:
    """Take SUM for AVG, MIN for MAX, and the other way round."""
    node = drawn(tree, rng, exp.Max, exp.Min, exp.Avg, exp.Sum)
    if node is None:
        return None
    node.replace(CONFUSED[type(node)](this=node.this))
    return tree


def lost_condition(tree: exp.Expr, rng: Random, _: Columns) -> exp.Expr | None:
    """Forget one condition of a WHERE or HAVING."""
    parts = conjuncts(tree)
    if not parts:
        return None
    remove_conjunct(pick(rng, parts))
    return tree


def negated_condition(tree: exp.Expr, rng: Random, _: Columns) -> exp.Expr | None:
    """Lose a NOT: those who did instead of those who never did."""
    node = drawn(tree, rng, exp.Not)
    if node is not None:
        node.replace(node.this)
        return tree
    return exp.Intersect(**tree.args) if isinstance(tree, exp.Except) else None


def wrong_comparison(tree: exp.Expr, rng: Random, _: Columns) -> exp.Expr | None:
    """Include the limit or leave it out: > for >=, < for <=."""
    node = drawn(tree, rng, exp.GT, exp.GTE, exp.LT, exp.LTE)
    if node is None:
        return None
    node.replace(CONFUSED[type(node)](this=node.left, expression=node.right))
    return tree


def changed_literal(tree: exp.Expr, rng: Random, _: Columns) -> exp.Expr | None:
    """Get a value of a condition wrong: its spelling when it is text, its size when it is a number."""
    literals = [
        literal for part in conjuncts(tree) for literal in part.find_all(exp.Literal) if isinstance(literal.parent, exp.Predicate)
    ]
    if not literals:
        return None
    literal = pick(rng, literals)
    text = literal.name
    if not literal.is_string:
        number = int(text)
        literal.replace(exp.Literal.number(number + 1 if number <= TIMES_TEN_AT_MOST else number * 10))
    elif "%" in text:
        literal.replace(exp.Literal.string(text.replace("%", "", 1)))
    elif text.islower():
        literal.replace(exp.Literal.string(text.capitalize()))
    else:
        literal.replace(exp.Literal.string(text.lower()))
    return tree


def wrong_direction(tree: exp.Expr, rng: Random, _: Columns) -> exp.Expr | None:
    """Sort the other way round."""
    node = drawn(tree, rng, exp.Ordered)
    if node is None:
        return None
    descending = not node.args.get("desc")
    node.set("desc", descending)
    node.set("nulls_first", not descending)
    return tree


def wrong_limit(tree: exp.Expr, rng: Random, _: Columns) -> exp.Expr | None:
    """Return the whole ranking, or its first five rows, instead of the top."""
    node = drawn(tree, rng, exp.Limit)
    if node is None:
        return None
    if below(rng, 2):
        node.pop()
    else:
        node.set("expression", exp.Literal.number(5))
    return tree


def lost_distinct(tree: exp.Expr, rng: Random, _: Columns) -> exp.Expr | None:
    """Forget DISTINCT. As a set of rows SELECT DISTINCT gives the same without it; COUNT(DISTINCT ...) does not."""
    node = drawn(tree, rng, exp.Distinct)
    if node is None or node.parent is None:
        return None
    if isinstance(node.parent, exp.Select):
        node.pop()
    else:
        node.replace(node.expressions[0])
    return tree


def lost_grouping(tree: exp.Expr, rng: Random, _: Columns) -> exp.Expr | None:
    """Forget GROUP BY: SQLite then answers one row."""
    node = drawn(tree, rng, exp.Group)
    if node is None or (node.parent and node.parent.args.get("having")):
        return None
    node.pop()
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
