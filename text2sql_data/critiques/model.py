"""The words between critics and whoever runs them: what a critic is given, and what it gives."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple, TypeAlias

from sqlglot import exp

from text2sql_data.critiques.scopes import Scope, Use
from text2sql_data.critiques.stored import Schema
from text2sql_data.execution.outcome import Row


class Finding(NamedTuple):
    """What a critic saw, and what it would change."""

    saw: str
    change: str


class Probe(NamedTuple):
    """A question that only the database can answer.

    Attributes:
        sql: The query to run.
        answer: What its rows mean; None where they show nothing wrong. It must pickle: a function of a module, or a `partial`.
    """

    sql: str
    answer: Callable[[Sequence[Row]], Finding | None]


class Statement(NamedTuple):
    """One candidate SQL as critics see it.

    Attributes:
        text: The SQL as it was written.
        tree: Its tree, a query.
        scopes: Every SELECT in it, with its sources.
        uses: Every column reference in it, resolved as SQLite does; by the identity of its node.
        schema: The database.
    """

    text: str
    tree: exp.Query
    scopes: Sequence[Scope]
    uses: Mapping[int, Use]
    schema: Schema


Found: TypeAlias = Finding | Probe
Critic: TypeAlias = Callable[[Statement], Iterator[Found]]
"""A rule: it yields what is wrong, and asks the database where the text does not tell. Where it is not certain it is silent."""
