"""Numbers that are ordered or compared as text, where that changes something in this database."""

from collections.abc import Iterator, Sequence
from functools import partial

from text2sql_data.critiques.model import Finding, Found, Probe, Statement
from text2sql_data.execution.outcome import Row
from text2sql_data.golds import text_numbers


def text_number(statement: Statement) -> Iterator[Found]:
    """Columns of text in ORDER BY, MIN, MAX, < <= > >= and BETWEEN whose values are numbers."""
    schema = {
        key: {name: column.type for name, column in table.columns.items()} for key, table in statement.schema.tables.items()
    }
    for use in text_numbers.uses(statement.tree, schema):
        yield Probe(use.sql, partial(_answer, use))


def _answer(use: text_numbers.Use, rows: Sequence[Row]) -> Finding | None:
    detail = text_numbers.finding(use, rows[0]) if rows else None
    return Finding(detail, "compare it as a number, with CAST(... AS REAL)") if detail else None
