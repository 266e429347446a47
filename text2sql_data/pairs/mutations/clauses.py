"""Wrong aggregates, conditions, groups and orders: the clauses of a query, one thing in one of them changed."""

from random import Random

from sqlglot import exp

from text2sql_data.draws import below, pick
from text2sql_data.pairs.mutations.kinds import alike, is_text, pick_or_none
from text2sql_data.sql_ast import mistakes
from text2sql_data.sql_ast.schema import Schema, Table, named, owned, owner, sources
from text2sql_data.sql_ast.syntax import conjuncts, drawn, selects

AGGREGATES: tuple[type[exp.Func], ...] = (exp.Max, exp.Min, exp.Avg, exp.Sum)
LIMITS = (1, 2, 3, 5, 10)


def confused_aggregate(tree: exp.Expr, rng: Random, _: Schema) -> exp.Expr | None:
    """Take SUM for AVG, MIN for MAX, and the other way round."""
    return mistakes.wrong_aggregate(tree, rng, {})


def other_aggregate(tree: exp.Expr, rng: Random, _: Schema) -> exp.Expr | None:
    """Take another aggregate of the same column."""
    node = drawn(tree, rng, *AGGREGATES)
    if node is None:
        return None
    node.replace(pick(rng, [*(kind for kind in AGGREGATES if kind is not type(node)), exp.Count])(this=node.this))
    return tree


def plain_count(tree: exp.Expr, rng: Random, _: Schema) -> exp.Expr | None:
    """Count rows where different values are to be counted."""
    found = [count for count in tree.find_all(exp.Count) if isinstance(count.this, exp.Distinct)]
    node = pick_or_none(rng, found)
    if node is None or len(node.this.expressions) != 1:
        return None
    node.set("this", node.this.expressions[0])
    return tree


def distinct_count(tree: exp.Expr, rng: Random, schema: Schema) -> exp.Expr | None:
    """Count different values of a column where rows are to be counted, or add them up."""
    node = pick_or_none(rng, [c for c in tree.find_all(exp.Count) if isinstance(c.this, exp.Star | exp.Column)])
    select = node.find_ancestor(exp.Select) if node else None
    if node is None or select is None:
        return None
    if isinstance(node.this, exp.Column):
        table = owner(node.this, schema)
        column = table.columns.get(node.this.name.casefold()) if table else None
        if column and column.family == "number" and not column.key and below(rng, 2):
            node.replace(exp.Sum(this=node.this))
        else:
            node.set("this", exp.Distinct(expressions=[node.this]))
        return tree
    read = [source for source in sources(select, schema) if source.table]
    columns = [(s.node.alias_or_name, column) for s in read for column in (s.table.columns.values() if s.table else ())]
    # A key counts what the rows count, so the others come first.
    chosen = pick_or_none(rng, [one for one in columns if not one[1].key] or columns)
    if chosen is None:
        return None
    alias, column = chosen
    qualifier = exp.to_identifier(alias) if len(sources(select, schema)) > 1 else None
    node.set("this", exp.Distinct(expressions=[exp.Column(this=named(column.name), table=qualifier)]))
    return tree


def lost_condition(tree: exp.Expr, rng: Random, _: Schema) -> exp.Expr | None:
    """Forget one condition of a WHERE or HAVING."""
    return mistakes.lost_condition(tree, rng, {})


def negated_condition(tree: exp.Expr, rng: Random, _: Schema) -> exp.Expr | None:
    """Lose a NOT: those who did instead of those who never did."""
    return mistakes.negated_condition(tree, rng, {})


def misspelt_value(tree: exp.Expr, rng: Random, _: Schema) -> exp.Expr | None:
    """Get a value of a condition wrong: the capitals of a text, the size of a number."""
    return mistakes.changed_literal(tree, rng, {})


def other_value(tree: exp.Expr, rng: Random, schema: Schema) -> exp.Expr | None:
    """Compare with another value that the column has."""
    found: list[tuple[exp.Expr, list[str | int | float]]] = []
    for part in conjuncts(tree):
        for predicate in part.find_all(exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE):
            column, value = predicate.left, predicate.right
            table = owner(column, schema) if isinstance(column, exp.Column) else None
            text = is_text(value, schema)
            if table is None or not (text or isinstance(value, exp.Literal)):
                continue
            examples = table.columns[column.name.casefold()].examples
            kin = [other for other in examples if isinstance(other, str) == text and str(other) != value.name]
            if kin:
                found.append((value, kin))
    chosen = pick_or_none(rng, found)
    if chosen is None:
        return None
    value, others = chosen
    _write(value, pick(rng, others))
    return tree


def _write(value: exp.Expr, other: str | float) -> None:
    """Write another value, in the quotes of the one that it replaces."""
    if isinstance(value, exp.Column):
        value.this.set("this", str(other))
    else:
        value.replace(exp.Literal.string(other) if isinstance(other, str) else exp.Literal.number(other))


def other_comparison(tree: exp.Expr, rng: Random, _: Schema) -> exp.Expr | None:
    """Include the limit or leave it out, turn a comparison round, or take "at least" for "equal"."""
    changes: dict[type[exp.Expr], tuple[type[exp.Expr], ...]] = {
        exp.GT: (exp.GTE, exp.LT),
        exp.GTE: (exp.GT, exp.LTE),
        exp.LT: (exp.LTE, exp.GT),
        exp.LTE: (exp.LT, exp.GTE),
        exp.NEQ: (exp.EQ,),
        exp.EQ: (exp.GTE, exp.NEQ),
    }
    found = [
        node
        for part in conjuncts(tree)
        for node in part.find_all(*changes)
        if not isinstance(node, exp.EQ) or _is_number(node.expression)
    ]
    node = pick_or_none(rng, found)
    if node is None:
        return None
    node.replace(pick(rng, changes[type(node)])(this=node.this, expression=node.expression))
    return tree


def _is_number(node: exp.Expr | None) -> bool:
    return isinstance(node, exp.Literal) and not node.is_string


def or_for_and(tree: exp.Expr, rng: Random, _: Schema) -> exp.Expr | None:
    """Take "or" for "and", or the other way round."""
    clauses = [clause for clause in tree.find_all(exp.Where, exp.Having) if isinstance(clause.this, exp.And | exp.Or)]
    clause = pick_or_none(rng, clauses)
    if clause is None:
        return None
    node = clause.this
    if any(isinstance(side, exp.And | exp.Or) for side in (node.left, node.right)):
        return None  # written without parentheses it would bind in another way
    kind = exp.Or if isinstance(node, exp.And) else exp.And
    node.replace(kind(this=node.left, expression=node.right))
    return tree


def other_group(tree: exp.Expr, rng: Random, schema: Schema) -> exp.Expr | None:
    """Group by another column of the same table."""
    found = [
        (column, table)
        for column, table in owned(tree, schema)
        if isinstance(column.parent, exp.Group) and len(table.columns) > 1
    ]
    chosen = pick_or_none(rng, found)
    if chosen is None:
        return None
    column, table = chosen
    mine = table.columns[column.name.casefold()]
    others = alike(table, mine) or [other for other in table.columns.values() if other != mine]
    column.set("this", named(pick(rng, others).name))
    return tree


def further_group(tree: exp.Expr, rng: Random, schema: Schema) -> exp.Expr | None:
    """Group by one more column, so that groups fall apart."""
    found: list[tuple[exp.Group, exp.Column, Table]] = [
        (column.parent, column, table) for column, table in owned(tree, schema) if isinstance(column.parent, exp.Group)
    ]
    chosen = pick_or_none(rng, found)
    if chosen is None:
        return None
    group, column, table = chosen
    grouped = {node.name.casefold() for node in group.expressions}
    others = [other.name for name, other in table.columns.items() if name not in grouped]
    if not others:
        return None
    group.append("expressions", exp.Column(this=named(pick(rng, others)), table=column.args.get("table")))
    return tree


def fewer_groups(tree: exp.Expr, rng: Random, _: Schema) -> exp.Expr | None:
    """Leave out one of several columns of GROUP BY."""
    group = pick_or_none(rng, [group for group in tree.find_all(exp.Group) if len(group.expressions) > 1])
    if group is None:
        return None
    group.expressions[below(rng, len(group.expressions))].pop()
    return tree


def lost_grouping(tree: exp.Expr, rng: Random, _: Schema) -> exp.Expr | None:
    """Forget GROUP BY: SQLite then answers one row."""
    return mistakes.lost_grouping(tree, rng, {})


def other_direction(tree: exp.Expr, rng: Random, _: Schema) -> exp.Expr | None:
    """Sort the other way round."""
    return mistakes.wrong_direction(tree, rng, {})


def other_limit(tree: exp.Expr, rng: Random, _: Schema) -> exp.Expr | None:
    """Return another number of rows."""
    found = [node for node in tree.find_all(exp.Limit) if _is_number(node.expression)]
    node = pick_or_none(rng, found)
    if node is None:
        return None
    number = node.expression.name
    near = [str(int(number) + 1)] if number.isdigit() else []
    node.set("expression", exp.Literal.number(pick(rng, [*near, *(str(n) for n in LIMITS if str(n) != number)])))
    return tree


def lost_limit(tree: exp.Expr, rng: Random, _: Schema) -> exp.Expr | None:
    """Return the whole ranking."""
    node = drawn(tree, rng, exp.Limit)
    if node is None or (node.parent and node.parent.args.get("offset")):
        return None
    node.pop()
    return tree


def lost_order(tree: exp.Expr, rng: Random, _: Schema) -> exp.Expr | None:
    """Cut without sorting first."""
    found = [select for select in selects(tree) if select.args.get("order") and select.args.get("limit")]
    select = pick_or_none(rng, found)
    if select is None:
        return None
    select.args["order"].pop()
    return tree


def other_order(tree: exp.Expr, rng: Random, schema: Schema) -> exp.Expr | None:
    """Sort by another column of the same table."""
    found = [
        (column, others)
        for column, table in owned(tree, schema)
        if isinstance(column.find_ancestor(exp.Ordered, exp.Select), exp.Ordered)
        and (others := alike(table, table.columns[column.name.casefold()]))
    ]
    chosen = pick_or_none(rng, found)
    if chosen is None:
        return None
    column, others = chosen
    column.set("this", named(pick(rng, others).name))
    return tree
