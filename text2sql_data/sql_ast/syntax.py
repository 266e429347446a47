"""Reading the AST of a SQLite query: which columns, conditions, joins and selections it has.

A mutation is a function that changes the tree it is given and returns it, or returns None where it does not apply; `applied`
hands it a copy.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from random import Random
from typing import TypeVar

import sqlglot
from sqlglot import exp

from text2sql_data.draws import pick

Node = TypeVar("Node", bound=exp.Expr)
Columns = Mapping[str, Sequence[str]]
"""Column names by table name, as the database declares them."""
Mutation = Callable[[exp.Expr, Random, Columns], exp.Expr | None]

RESERVED = frozenset({"order", "date"})


def statements(sql: str) -> list[exp.Expr]:
    """The ASTs of the statements of a SQLite text; semicolons and comments alone are none, as they are none to SQLite.

    Raises:
        SqlglotError: It cannot be parsed.
        RecursionError: It is nested too deep.
    """
    return [tree for tree in sqlglot.parse(sql, dialect="sqlite") if tree is not None and not isinstance(tree, exp.Semicolon)]


def parsed(sql: str) -> exp.Expr:
    """The AST of a SQLite query."""
    found = statements(sql)
    return found[0] if len(found) == 1 else sqlglot.parse_one(sql, dialect="sqlite")


def rendered(tree: exp.Expr, *, pretty: bool = False) -> str:
    """The text of a tree, on one line or laid out."""
    return tree.sql(dialect="sqlite", pretty=pretty)


def applied(mutation: Mutation, tree: exp.Expr, rng: Random, columns: Columns) -> exp.Expr | None:
    """A changed copy of the tree; None where the mutation does not apply or leaves the text as it was."""
    changed = mutation(tree.copy(), rng, columns)
    return None if changed is None or rendered(changed) == rendered(tree) else changed


def drawn(tree: exp.Expr, rng: Random, *kinds: type[Node]) -> Node | None:
    """One node of the given kinds, or None where there is none."""
    found = list(tree.find_all(*kinds))
    return pick(rng, found) if found else None


def selects(tree: exp.Expr) -> list[exp.Select]:
    """Every SELECT of the tree, the outermost first."""
    return list(tree.find_all(exp.Select))


def base_tables(tree: exp.Expr) -> dict[str, str]:
    """Table names by the alias they are used under, without common table expressions."""
    named = {cte.alias for cte in tree.find_all(exp.CTE)}
    return {table.alias_or_name: table.name for table in tree.find_all(exp.Table) if table.name not in named}


def known_columns(tree: exp.Expr, columns: Columns) -> Iterator[tuple[exp.Column, str]]:
    """Each column whose table is certain, with the name of that table."""
    tables = base_tables(tree)
    for column in tree.find_all(exp.Column):
        select = column.find_ancestor(exp.Select)
        source = select.args.get("from_") if select else None
        if column.table:
            table = tables.get(column.table)
        elif select and source and isinstance(source.this, exp.Table) and not select.args.get("joins"):
            table = tables.get(source.this.alias_or_name)
        else:
            table = None
        if table and column.name in columns.get(table, ()):
            yield column, table


def conjuncts(tree: exp.Expr) -> list[exp.Expr]:
    """The conditions of every WHERE and HAVING, taken apart at AND."""
    return [part for clause in tree.find_all(exp.Where, exp.Having) for part in _parts(clause.this)]


def _parts(condition: exp.Expr) -> list[exp.Expr]:
    return list(condition.flatten(unnest=False)) if isinstance(condition, exp.And) else [condition]


def remove_conjunct(part: exp.Expr) -> None:
    """Take a condition out of its AND, or away with its WHERE or HAVING when it is the only one."""
    parent = part.parent
    if isinstance(parent, exp.And):
        parent.replace(parent.right if parent.left is part else parent.left)
    elif parent is not None:
        parent.pop()


def identifier(name: str, reserved: Collection[str] = RESERVED) -> exp.Identifier:
    """A name, quoted where SQLite needs it: it is not one word, or one of the reserved ones, which are in lower case."""
    return exp.to_identifier(name, quoted=not name.isidentifier() or name.lower() in reserved)
