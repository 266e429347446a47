"""What a mutation is, and what several of them need."""

from collections.abc import Callable, Sequence
from random import Random
from typing import TypeVar

from sqlglot import exp

from text2sql_data.draws import pick
from text2sql_data.sql_ast.schema import Column, Schema, Table

T = TypeVar("T")

Mutation = Callable[[exp.Expr, Random, Schema], exp.Expr | None]
"""Changes the tree it is given and returns it, or returns None where it does not apply."""


def pick_or_none(rng: Random, items: Sequence[T]) -> T | None:
    """One of the items, None where there is none."""
    return pick(rng, items) if items else None


def is_text(node: exp.Expr, schema: Schema) -> bool:
    """Whether a node is a text: in '...', or in "..." where there is no column of that name."""
    if isinstance(node, exp.Literal):
        return node.is_string
    quoted = isinstance(node, exp.Column) and not node.table and bool(node.this.args.get("quoted"))
    return quoted and not any(node.name.casefold() in table.columns for table in schema.tables.values())


def beside_text(column: exp.Column, schema: Schema) -> bool:
    """Whether the column is compared with a text, which tells even a weak model which column is meant."""
    predicate = column.find_ancestor(exp.Predicate)
    if predicate is None or isinstance(predicate, exp.Exists):
        return False
    return any(is_text(node, schema) for node in predicate.find_all(exp.Literal, exp.Column))


def unread(column: exp.Column, others: Sequence[Column]) -> list[Column]:
    """Of other columns those that the SELECT of a column does not read yet; all of them where it reads all."""
    select = column.find_ancestor(exp.Select)
    read = {use.name.casefold() for use in select.find_all(exp.Column)} if select else set()
    return [other for other in others if other.name.casefold() not in read] or list(others)


def alike(table: Table, column: Column) -> list[Column]:
    """The other columns of a table that hold the same kind of values."""
    return [other for other in table.columns.values() if other.name != column.name and other.family == column.family]


def same_select(tree: exp.Expr, column: exp.Column, schema: Schema) -> list[exp.Column]:
    """The uses of a column in one SELECT, itself among them, but for those in joins and beside texts."""
    select = column.find_ancestor(exp.Select)
    return [
        use
        for use in tree.find_all(exp.Column)
        if (use.name.casefold(), use.table.casefold()) == (column.name.casefold(), column.table.casefold())
        and use.find_ancestor(exp.Select) is select
        and not isinstance(use.find_ancestor(exp.Join, exp.Select), exp.Join)
        and not beside_text(use, schema)
    ]
