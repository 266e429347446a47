"""What a SELECT reads: its sources in FROM, what its names mean, and what is equal by its joins."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from sqlglot import exp

Ctes: TypeAlias = Mapping[str, exp.Expr]
"""The queries of common table expressions, by name."""


@dataclass(slots=True, eq=False)
class Scope:
    """What names mean in a SELECT.

    Attributes:
        parent: The SELECT around it.
        sources: Names of tables and subqueries by alias.
        outputs: The columns of subqueries by name, each with its place in the select list.
        aliases: Items of the select list by alias.
        clause: The clause that is being written.
    """

    parent: "Scope | None"
    sources: dict[str, str] = field(default_factory=dict)
    outputs: dict[str, dict[str, str]] = field(default_factory=dict)
    aliases: dict[str, exp.Expr] = field(default_factory=dict)
    clause: str = "select"


def listed(first: exp.Expr | None, joins: Sequence[exp.Join]) -> Iterator[tuple[exp.Expr, exp.Join | None]]:
    """The sources in FROM, those in parentheses among them, each with the JOIN that it came by."""
    for node, join in ((first, None), *((join.this, join) for join in joins)):
        if node is None:
            continue
        if isinstance(node, exp.Subquery) and isinstance(node.this, exp.Table) and not node.alias:
            inner = list(listed(node.this, node.args.get("joins") or ()))
            yield inner[0][0], join
            yield from inner[1:]
        else:
            yield node, join
            yield from listed(None, node.args.get("joins") or ())


def alias_of(node: exp.Expr) -> str:
    """The name under which a source is read, in lower case."""
    return str(node.alias or (node.name if isinstance(node, exp.Table) else "")).casefold()


def derived(node: exp.Expr, ctes: Ctes) -> exp.Expr | None:
    """The query behind a source that is no table."""
    if isinstance(node, exp.Subquery) and isinstance(node.this, exp.Query):
        return node.this
    if isinstance(node, exp.Table) and not node.db:
        return ctes.get(node.name.casefold())
    return None


def outputs(query: exp.Expr) -> dict[str, str]:
    """The columns of a subquery by name, each with its place; none where a star stands for some."""
    select = query
    while isinstance(select, exp.SetOperation | exp.Subquery):
        select = select.left if isinstance(select, exp.SetOperation) else select.this
    if not isinstance(select, exp.Select) or select.is_star:
        return {}
    return {item.alias_or_name.casefold(): f"@{place}" for place, item in enumerate(select.expressions) if item.alias_or_name}


def conjuncts(node: exp.Expr) -> list[exp.Expr]:
    """The conditions that all have to hold, without what always does."""
    return [part for part in parts(node, exp.And) if not (isinstance(part, exp.Boolean) and part.this)]


def parts(node: exp.Expr, kind: type[exp.Expr]) -> list[exp.Expr]:
    """The operands of an operator that is repeated, in parentheses or not."""
    waiting, found = [node], []
    while waiting:
        bare = waiting.pop().unnest()
        if isinstance(bare, kind):
            waiting += [bare.args["expression"], bare.args["this"]]
        else:
            found.append(bare)
    return found


def merge(classes: list[set[str]], new: set[str]) -> None:
    """Add what is equal to the classes of what is equal."""
    for one in [one for one in classes if one & new]:
        new |= one
        classes.remove(one)
    classes.append(new)
