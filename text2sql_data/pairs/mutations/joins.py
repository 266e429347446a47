"""Missing joins: a table that was needed is not read."""

from random import Random
from typing import NamedTuple

from sqlglot import exp

from text2sql_data.draws import pick
from text2sql_data.pairs.mutations.kinds import pick_or_none
from text2sql_data.sql_ast import mistakes
from text2sql_data.sql_ast.schema import Schema, Source, named, owner, sources
from text2sql_data.sql_ast.syntax import remove_conjunct, selects


class _Pair(NamedTuple):
    """An equality of a join between a table that could be forgotten and one that stays."""

    lost: exp.Column
    kept: exp.Column


class _Droppable(NamedTuple):
    """A table that could be forgotten: where it stands, and the equalities that join it."""

    select: exp.Select
    source: Source
    keys: list[_Pair]


def forgotten_table(tree: exp.Expr, rng: Random, _: Schema) -> exp.Expr | None:
    """Forget a joined table together with the conditions on it, where nothing else needs it."""
    return mistakes.missing_join(tree, rng, {})


def lost_outer_join(tree: exp.Expr, rng: Random, _: Schema) -> exp.Expr | None:
    """Join inner where a left join is needed: what has no partner is lost."""
    return mistakes.inner_join(tree, rng, {})


def key_for_column(tree: exp.Expr, rng: Random, schema: Schema) -> exp.Expr | None:
    """Forget a table, drop the conditions on it, and read the key that led to it in place of its columns."""
    chosen = pick_or_none(rng, [found for select in selects(tree) for found in _droppable(tree, select, schema)])
    if chosen is None:
        return None
    select, source, keys = chosen
    by_name = {pair.lost.name.casefold(): pair.kept for pair in keys}
    kept_names = {s.node.alias_or_name: s.table for s in sources(select, schema) if s.alias != source.alias and s.table}
    uses = [column for column in select.find_all(exp.Column) if column.table.casefold() == source.alias]
    removed: set[int] = set()
    for use in uses:
        if isinstance(use.find_ancestor(exp.Join, exp.Select), exp.Join):
            continue
        condition = _conjunct(use, select)
        if condition is not None:
            if id(condition) not in removed:
                removed.add(id(condition))
                remove_conjunct(condition)
            continue
        name = use.name.casefold()
        same = [(alias, table.columns[name].name) for alias, table in kept_names.items() if name in table.columns]
        if name in by_name:
            use.replace(by_name[name].copy())
        elif same:
            alias, column = pick(rng, same)
            use.replace(exp.Column(this=named(column), table=exp.to_identifier(alias)))
        else:
            use.replace(pick(rng, keys).kept.copy())
    _unread(select, source)
    return tree


def _droppable(tree: exp.Expr, select: exp.Select, schema: Schema) -> list[_Droppable]:
    """The tables of a SELECT that could be forgotten: each is joined by equalities, and no join needs it for another table."""
    joins = select.args.get("joins") or []
    here = sources(select, schema)
    if not joins or select.is_star or any(join.args.get("using") or not join.args.get("on") for join in joins):
        return []
    inside = {id(column) for column in select.find_all(exp.Column)}
    found = []
    for number, source in enumerate(here):
        if source.table is None or (number == 0 and len(here) > 2):  # noqa: PLR2004 - the second table then becomes the first
            continue
        own = joins[max(number - 1, 0)]
        elsewhere = [join for join in joins if join is not own]
        qualified = all(
            column.table or owner(column, schema) is not source.table
            for column in tree.find_all(exp.Column)
            if id(column) in inside
        )
        correlated = any(
            column.table.casefold() == source.alias and column.find_ancestor(exp.Select) is not select
            for column in select.find_all(exp.Column)
        )
        needed = any(column.table.casefold() == source.alias for join in elsewhere for column in join.find_all(exp.Column))
        keys = [pair for part in own.find_all(exp.EQ) if (pair := _pair(part, source.alias))]
        if keys and qualified and not correlated and not needed:
            found.append(_Droppable(select, source, keys))
    return found


def _pair(equality: exp.EQ, alias: str) -> _Pair | None:
    left, right = equality.left, equality.right
    if not isinstance(left, exp.Column) or not isinstance(right, exp.Column):
        return None
    if left.table.casefold() == alias and right.table.casefold() not in {alias, ""}:
        return _Pair(left, right)
    if right.table.casefold() == alias and left.table.casefold() not in {alias, ""}:
        return _Pair(right, left)
    return None


def _conjunct(use: exp.Column, select: exp.Select) -> exp.Expr | None:
    """The condition of WHERE or HAVING that a column stands in, as a whole part of its AND."""
    node: exp.Expr = use
    while node.parent is not None and node.parent is not select:
        if isinstance(node.parent, exp.Where | exp.Having):
            return node
        if isinstance(node.parent, exp.And) and node.parent.find_ancestor(exp.Where, exp.Having) and _only_ands(node.parent):
            return node
        node = node.parent
    return None


def _only_ands(node: exp.Expr) -> bool:
    """Whether nothing but ANDs stand between a node and its WHERE or HAVING."""
    while isinstance(node.parent, exp.And):
        node = node.parent
    return isinstance(node.parent, exp.Where | exp.Having)


def _unread(select: exp.Select, source: Source) -> None:
    """Take a table out of FROM."""
    joins = select.args["joins"]
    if select.args["from_"].this is source.node:
        select.args["from_"].set("this", joins[0].this.copy())
        joins[0].pop()
    else:
        source.node.parent.pop()  # type: ignore[union-attr]  # a joined table stands in a join
