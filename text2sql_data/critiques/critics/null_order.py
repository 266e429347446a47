"""ORDER BY a column without a value in some rows, with a LIMIT that keeps such a row: the lowest is then the unknown one.

Whether a NULL is kept is asked of the database. A column that may be NULL and never is does no harm there, and is no finding.
"""

from collections.abc import Iterator, Sequence
from functools import partial

from text2sql_data.critiques.model import Finding, Found, Probe, Statement
from text2sql_data.execution.outcome import Row
from text2sql_data.golds import ties


def null_order(statement: Statement) -> Iterator[Found]:
    """Every LIMIT whose first row owes its place to a NULL."""
    columns = {name for table in statement.schema.tables.values() for name in table.columns}
    for query in ties.limited(statement.tree):
        try:
            probe = ties.probe(query, columns)
        except ties.NotProbedError:
            continue
        if any(key.nulls_first for key in probe.keys):
            yield Probe(probe.sql, partial(_answer, probe))


def _answer(probe: ties.Probe, rows: Sequence[Row]) -> Finding | None:
    detail = ties.null_first(probe, rows)
    if detail is None:
        return None
    key = next(key.text for key in probe.keys if key.nulls_first)
    return Finding(detail, f"keep rows with a value only: {key} IS NOT NULL")
