"""Mistakes that Text-to-SQL models make, each a small change to the AST of a right query that needs no schema.

That a mistake changes the result is likely, never certain: a lost condition may have been true of every row. The schema that
every mutation is given is not looked at here.
"""

from collections.abc import Mapping
from random import Random

from sqlglot import exp

from text2sql_data.draws import below, pick
from text2sql_data.sql_ast.syntax import Columns, conjuncts, drawn, remove_conjunct

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
        if not text.isdigit():
            return None
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
