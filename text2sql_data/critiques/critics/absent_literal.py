"""A literal that is compared for equality with a column in which it does not occur.

The database says whether it does, which of the column's values is the nearest (one that differs in case only, then in blanks and
signs, then by few letters), and which other column at hand holds it. A column without any value proves nothing.
"""

from collections.abc import Iterator, Sequence
from functools import partial

from sqlglot import exp

from text2sql_data.critiques.model import Finding, Found, Probe, Statement
from text2sql_data.critiques.scopes import origin
from text2sql_data.critiques.stored import Table, quoted, shown
from text2sql_data.execution.outcome import Row
from text2sql_data.golds.ties import show

_MOST_VALUES = 5_000
_MOST_COLUMNS = 24
_SIMILAR = 75.0
_LISTED = 3

_PROBE = """
WITH absent AS MATERIALIZED (SELECT NOT EXISTS (SELECT 1 FROM {table} WHERE {column} = {literal}) AS yes)
SELECT * FROM (
    SELECT DISTINCT 'value', {column} FROM {table} WHERE (SELECT yes FROM absent) AND {column} IS NOT NULL LIMIT {most}
)"""
_ELSEWHERE = """
UNION ALL
SELECT 'column', {name} WHERE (SELECT yes FROM absent) AND EXISTS (SELECT 1 FROM {table} WHERE {column} = {literal})"""


def absent_literal(statement: Statement) -> Iterator[Found]:
    """Texts and numbers after =, <>, IS and IN that their column does not hold."""
    for scope in statement.scopes:
        for node in scope.nodes:
            for column, literal in _compared(node):
                use = statement.uses.get(id(column))
                value = _value(statement, literal)
                found = origin(use.source, column.name, statement.uses) if use is not None and use.source is not None else None
                if value is not None and found is not None:
                    written = f"{shown(found[0].name)}.{shown(found[1])}"
                    sql = _probe(statement, *found, value)
                    yield Probe(sql, partial(_answer, column.sql("sqlite"), written, value.sql("sqlite")))


def _compared(node: exp.Expr) -> Iterator[tuple[exp.Column, exp.Expr]]:
    """The columns and literals that a node compares."""
    if isinstance(node, exp.EQ | exp.NEQ | exp.Is):
        left, right = node.this.unnest(), node.expression.unnest()
        pairs = [(left, right), (right, left)]
    elif isinstance(node, exp.In):
        pairs = [(node.this.unnest(), item.unnest()) for item in node.expressions]
    else:
        return
    for column, literal in pairs:
        if isinstance(column, exp.Column):
            yield column, literal


def _value(statement: Statement, node: exp.Expr) -> exp.Expr | None:
    """A literal; a name in double quotes that is no column is one."""
    if isinstance(node, exp.Literal) or (isinstance(node, exp.Neg) and isinstance(node.this, exp.Literal)):
        return node
    use = statement.uses.get(id(node))
    return exp.Literal.string(node.name) if use is not None and use.kind == "text" else None


def _probe(statement: Statement, table: Table, column: str, value: exp.Expr) -> str:
    literal = value.sql("sqlite")
    sql = _PROBE.format(column=quoted(column), table=quoted(table.name), literal=literal, most=_MOST_VALUES)
    if not (isinstance(value, exp.Literal) and value.is_string):
        return sql  # a number is found in many columns that have nothing to do with it
    for name, other in _elsewhere(statement, table, column):
        text = exp.Literal.string(f"{shown(name)}.{shown(other)}").sql("sqlite")
        sql += _ELSEWHERE.format(name=text, table=quoted(name), column=quoted(other), literal=literal)
    return sql


def _elsewhere(statement: Statement, table: Table, column: str) -> list[tuple[str, str]]:
    """The other text columns of the database, those of the statement's own tables first."""
    own = {source.table.name: source.table for scope in statement.scopes for source in scope.sources if source.table}
    every = own | {other.name: other for other in statement.schema.tables.values()}
    columns = [
        (one.name, found.name)
        for one in every.values()
        if not one.is_view
        for found in one.columns.values()
        if any(part in found.type.upper() for part in ("CHAR", "TEXT", "CLOB")) and (one.name, found.name) != (table.name, column)
    ]
    return columns[:_MOST_COLUMNS]


def _answer(written: str, column: str, literal: str, rows: Sequence[Row]) -> Finding | None:
    cells = [cell for kind, cell in rows if kind == "value"]
    elsewhere = [str(name) for kind, name in rows if kind == "column"]
    values = sorted({cell for cell in cells if isinstance(cell, str)})
    numbers = sorted({cell for cell in cells if isinstance(cell, int | float)})
    if not (values or numbers):
        return None
    many = "more than" if len(cells) == _MOST_VALUES else "the"
    saw = f"{written} is compared with {literal}, which is not among {many} {len(cells)} different values of {column}"
    near = _nearest(literal[1:-1].replace("''", "'"), values) if literal.startswith("'") else None
    if near is not None and (not elsewhere or _letters(near) == _letters(literal)):
        return Finding(saw, f"use {exp.Literal.string(near).sql('sqlite')}")
    if elsewhere:
        return Finding(saw, f"compare {' or '.join(elsewhere[:_LISTED])} with it")
    if numbers and not values:
        return Finding(saw, f"its values go from {show(numbers[0])} to {show(numbers[-1])}: use one of them, or another column")
    listed = ", ".join(show(value) for value in values[:_LISTED])
    return Finding(saw, f"its values are such as {listed}: use one of them, or another column")


def _nearest(literal: str, values: Sequence[str]) -> str | None:
    from rapidfuzz import fuzz, process

    for same in (str.casefold, _letters):
        wanted = same(literal)
        for value in values:
            if wanted and same(value) == wanted:
                return value
    found = process.extractOne(literal.casefold(), values, scorer=fuzz.ratio, processor=str.casefold, score_cutoff=_SIMILAR)
    return found[0] if found else None


def _letters(text: str) -> str:
    return "".join(character for character in text.casefold() if character.isalnum())
