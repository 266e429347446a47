"""One SQL under all critics: what they find by themselves, and what they have to ask the database.

It only reads text and schema; it opens no database. Whatever it says depends on its arguments alone.
"""

from collections.abc import Sequence
from typing import NamedTuple

from sqlglot import exp
from sqlglot.errors import ParseError, TokenError

from text2sql_data.critiques.critics import CRITICS
from text2sql_data.critiques.model import Finding, Probe, Statement
from text2sql_data.critiques.scopes import resolve
from text2sql_data.critiques.stored import Schema
from text2sql_data.sql_ast.syntax import statements

SYNTAX = "syntax"

_CHANGE = "write one SQL query"


class Examined(NamedTuple):
    """What the critics say about one SQL, each under the name of its critic; nothing when it is nested too deep to be read."""

    findings: list[tuple[str, Finding]]
    probes: list[tuple[str, Probe]]
    too_deep: bool = False


def examine(text: str, schema: Schema, critics: Sequence[str]) -> Examined:
    """Examine one SQL.

    Args:
        text: The SQL.
        schema: The database that it is meant for.
        critics: Which critics, of `CRITICS` and `syntax`.
    """
    try:
        tree = _parsed(text)
        if isinstance(tree, Finding):
            return Examined([(SYNTAX, tree)] if SYNTAX in critics else [], [])
        if isinstance(tree, exp.Values):
            return Examined([], [])  # rows without a table: there is nothing to be wrong with
        statement = Statement(text, tree, *resolve(tree, schema, text), schema)
        found = [(name, one) for name, critic in CRITICS.items() if name in critics for one in critic(statement)]
    except RecursionError:
        return Examined([], [], too_deep=True)
    findings = [(name, one) for name, one in found if isinstance(one, Finding)]
    return Examined(findings, [(name, one) for name, one in found if isinstance(one, Probe)])


def _parsed(text: str) -> exp.Query | exp.Values | Finding:
    try:
        trees = statements(text)
    except ParseError as error:
        first = error.errors[0] if error.errors else {}
        where = f" at line {first['line']}, column {first['col']}, near {first['highlight']!r}" if first.get("line") else ""
        wanted = str(first.get("description") or "").partition(" but got ")[0]
        return Finding(f"it cannot be parsed{where}{f': {wanted}' if wanted.startswith('Expect') else ''}", _CHANGE)
    except TokenError:
        return Finding("it cannot be parsed: a text, a name or a comment is not closed", _CHANGE)
    if len(trees) != 1:
        return Finding(f"there are {len(trees)} statements" if trees else "there is no statement", _CHANGE)
    tree = trees[0]
    if isinstance(tree, exp.Query | exp.Values):
        return tree
    return Finding("it is no query", _CHANGE)
