"""Rewrites that keep what a query means: the same answer in other words, as two samples of one model give it.

They hold for the queries of the demo, which the tests execute; they are not proved for SQL at large.
"""

from random import Random

from sqlglot import exp

from text2sql_data.draws import pick
from text2sql_data.sql_ast.syntax import Columns, Mutation, conjuncts, drawn, known_columns, selects


def renamed_aliases(tree: exp.Expr, _: Random, _columns: Columns) -> exp.Expr | None:
    """Call tables by their initial and a number instead of T1, T2."""
    tables = [table for table in tree.find_all(exp.Table) if table.alias]
    names = {table.alias.lower(): f"{table.name[0].lower()}{i}" for i, table in enumerate(tables, start=1)}
    if not tables or len(names) < len(tables):
        return None
    for table in tables:
        table.set("alias", exp.TableAlias(this=exp.to_identifier(names[table.alias.lower()])))
    for column in tree.find_all(exp.Column):
        if column.table.lower() in names:
            column.set("table", exp.to_identifier(names[column.table.lower()]))
    return tree


def qualified_columns(tree: exp.Expr, _: Random, columns: Columns) -> exp.Expr | None:
    """Write the table's name before each of its columns where the query reads a single table."""
    found = [column for column, _table in known_columns(tree, columns) if not column.table]
    for column in found:
        select = column.find_ancestor(exp.Select)
        if select is not None:
            table = select.args["from_"].this
            column.set("table", exp.to_identifier(table.alias_or_name, quoted=table.this.args.get("quoted")))
    return tree if found else None


def reordered_and(tree: exp.Expr, rng: Random, _: Columns) -> exp.Expr | None:
    """Name two conditions in the other order."""
    node = drawn(tree, rng, exp.And)
    if node is None:
        return None
    left, right = node.left, node.right
    node.set("this", right)
    node.set("expression", left)
    return tree


def always_true(tree: exp.Expr, rng: Random, _: Columns) -> exp.Expr | None:
    """Add a condition that holds for every row."""
    node = drawn(tree, rng, exp.Where)
    if node is None:
        return None
    node.set("this", exp.And(this=exp.EQ(this=exp.Literal.number(1), expression=exp.Literal.number(1)), expression=node.this))
    return tree


def counted_ones(tree: exp.Expr, rng: Random, _: Columns) -> exp.Expr | None:
    """Write COUNT(1) for COUNT(*)."""
    stars = [count for count in tree.find_all(exp.Count) if isinstance(count.this, exp.Star)]
    if not stars:
        return None
    pick(rng, stars).set("this", exp.Literal.number(1))
    return tree


def swapped_sides(tree: exp.Expr, rng: Random, _: Columns) -> exp.Expr | None:
    """Swap the two sides of an equality."""
    node = drawn(tree, rng, exp.EQ)
    if node is None:
        return None
    left, right = node.left, node.right
    node.set("this", right)
    node.set("expression", left)
    return tree


def parenthesised(tree: exp.Expr, rng: Random, _: Columns) -> exp.Expr | None:
    """Put a condition into parentheses that change nothing."""
    parts = [part for part in conjuncts(tree) if not isinstance(part, exp.Paren)]
    if not parts:
        return None
    part = pick(rng, parts)
    part.replace(exp.Paren(this=part.copy()))
    return tree


def equality_as_in(tree: exp.Expr, rng: Random, _: Columns) -> exp.Expr | None:
    """Write x IN ('a') for x = 'a'."""
    found = [n for n in tree.find_all(exp.EQ) if isinstance(n.left, exp.Column) and isinstance(n.right, exp.Literal)]
    if not found:
        return None
    node = pick(rng, found)
    node.replace(exp.In(this=node.left, expressions=[node.right]))
    return tree


def swapped_tables(tree: exp.Expr, _: Random, _columns: Columns) -> exp.Expr | None:
    """Start from the other table of an inner join of two.

    Not under LIMIT or a window, where the order in which rows arrive may decide between ties, nor under SELECT *.
    """
    if tree.find(exp.Limit, exp.Window):
        return None
    for select in selects(tree):
        source, joins = select.args.get("from_"), select.args.get("joins") or []
        joined = len(joins) == 1 and joins[0].args.get("on") and not joins[0].side
        if source and joined and not select.is_star:
            first, second = source.this, joins[0].this
            source.set("this", second)
            joins[0].set("this", first)
            return tree
    return None


def redundant_offset(tree: exp.Expr, _: Random, _columns: Columns) -> exp.Expr | None:
    """Skip no rows, explicitly."""
    select = next((select for select in selects(tree) if select.args.get("limit")), None)
    if select is None:
        return None
    select.set("offset", exp.Offset(expression=exp.Literal.number(0)))
    return tree


def named_result(tree: exp.Expr, rng: Random, _: Columns) -> exp.Expr | None:
    """Give a computed column a name of its own."""
    outer = selects(tree)[0]
    plain = [e for e in outer.expressions if isinstance(e, exp.AggFunc | exp.Round)]
    if not plain or isinstance(tree, exp.SetOperation):
        return None
    node = pick(rng, plain)
    node.replace(exp.alias_(node.copy(), pick(rng, ("result", "answer", "total_value"))))
    return tree


REWRITES: tuple[Mutation, ...] = (
    renamed_aliases,
    qualified_columns,
    reordered_and,
    always_true,
    counted_ones,
    swapped_sides,
    parenthesised,
    equality_as_in,
    swapped_tables,
    redundant_offset,
    named_result,
)
