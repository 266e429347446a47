"""Temporary tables beside the lake: rows and queries that prepare an append or an answer."""

from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Self, TypeAlias, Union

import duckdb

from store.errors import RowsError

if TYPE_CHECKING:
    import polars as pl
    import pyarrow as pa

Rows: TypeAlias = Union[
    "Sequence[Mapping[str, object]]",
    "pl.DataFrame",
    "pa.Table",
    "pa.RecordBatchReader",
    duckdb.DuckDBPyRelation,
    str,
]
"""A list of dicts, a polars frame, an Arrow table or reader, a DuckDB relation, or the text of a query."""


class Scratch:
    """A connection of its own that reads the lake and writes temporary tables only. Get one from `Lake.scratch`."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._connection.close()  # its temporary tables go with it

    def stage(self, name: str, rows: Rows) -> int:
        """Put rows into a temporary table, replacing an earlier one of that name.

        Args:
            name: Name of the temporary table. It hides a table or view of the lake with the same name.
            rows: The rows; columns are named as they are.

        Returns:
            The number of rows.
        """
        self._connection.execute(f"DROP TABLE IF EXISTS temp.{name}")
        return self._run(f"CREATE TEMP TABLE {name} AS", rows, name)

    def execute(self, text: str, **parameters: object) -> duckdb.DuckDBPyConnection:
        """Run a statement over the lake and the temporary tables; `$name` is a parameter. It cannot write to the lake."""
        return self._connection.execute(text, parameters or None)

    def _run(self, statement: str, rows: Rows, what: str) -> int:
        """Run a statement whose source is rows in any of their forms; the number of rows."""
        try:
            if isinstance(rows, str):
                result = self._connection.execute(f"{statement} {rows}").fetchone()
            else:
                self._connection.register("source", _relation(rows))
                try:
                    result = self._connection.execute(f"{statement} SELECT * FROM source").fetchone()
                finally:
                    self._connection.unregister("source")
            return int(result[0]) if result else 0
        except duckdb.Error as error:
            raise RowsError(f"The rows do not fit {what}: {error}") from error


def _relation(rows: object) -> object:
    """Rows as something that DuckDB can register: a list of dicts becomes an Arrow table."""
    if isinstance(rows, Sequence):
        import pyarrow as pa

        return pa.Table.from_pylist(list(rows))
    return rows
