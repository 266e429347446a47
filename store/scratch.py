"""Temporary tables beside the lake: rows and queries that prepare an append or an answer."""

import glob
import itertools
import shutil
import tempfile
from collections.abc import Generator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self, TypeAlias, Union

import duckdb

from store import engine
from store.errors import RowsError, StoreError, UnreachableError, passing, patiently, remedy

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

_NUMBERS = itertools.count()
_COLUMNS = "Compare names and types of the columns with those of the table: t2s schema TABLE"


class Scratch:
    """A connection of its own that reads the lake and writes temporary tables only. Get one from `Lake.scratch`."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        engine.close(self._connection)  # its temporary tables go with it

    def stage(self, name: str, rows: Rows) -> int:
        """Put rows into a temporary table, replacing an earlier one of that name.

        Args:
            name: Name of the temporary table. It hides a table or view of the lake with the same name.
            rows: The rows; columns are named as they are.

        Returns:
            The number of rows.
        """
        patiently(lambda: self._connection.execute(f"DROP TABLE IF EXISTS temp.{name}"))
        return self._run(f"CREATE TEMP TABLE {name} AS", rows, name)

    def execute(self, text: str, /, **parameters: object) -> duckdb.DuckDBPyConnection:
        """Run a statement over the lake and the temporary tables; `$name` is a parameter. It cannot write to the lake."""
        return self._connection.execute(text, parameters or None)

    def in_parts(self, name: str, text: str, /, **parameters: object) -> Generator[int]:
        """Run a query once, and go over its rows part by part: more than fits into memory, without running it for each part.

        The rows lie in files beside what DuckDB spills meanwhile, which go with the loop.

        Args:
            name: Name of the temporary view that has the rows of one part while the loop is at it.
            text: The query; its column `part`, a whole number, says which part a row is in, and is not in the view.
            parameters: Those of the query.

        Yields:
            The parts that have rows.
        """
        row = self._connection.execute("SELECT current_setting('temp_directory')").fetchone()
        folder = Path(tempfile.mkdtemp(prefix="parts-", dir=row[0] if row else None))
        try:
            # Rows that wait for their file; DuckDB's own threshold is half a million a thread.
            self._connection.execute("SET partitioned_write_flush_threshold = 100000")
            into = f"'{engine.quoted(folder)}' (FORMAT parquet, PARTITION_BY (part), OVERWRITE_OR_IGNORE)"
            self._connection.execute(f"COPY ({text}) TO {into}", parameters or None)
            for part in sorted(folder.iterdir()):
                files = f"'{engine.quoted(glob.escape(str(part)))}/*.parquet', hive_partitioning = false"
                self._connection.execute(f"CREATE OR REPLACE TEMP VIEW {name} AS FROM read_parquet({files})")
                yield int(part.name.removeprefix("part="))
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _run(self, statement: str, rows: Rows, what: str) -> int:
        """Run a statement whose source is rows in any of their forms; the number of rows."""
        if hasattr(rows, "read_next_batch") or isinstance(rows, duckdb.DuckDBPyRelation):  # what was read of it would be lost
            return self._run_once(statement, rows, what)
        return patiently(lambda: self._run_once(statement, rows, what))

    def _run_once(self, statement: str, rows: Rows, what: str) -> int:
        try:
            if isinstance(rows, str):
                result = self._connection.execute(f"{statement} {rows}").fetchone()
            else:
                source = f"source_{next(_NUMBERS)}"  # a server that goes away may leave that of the last try
                self._connection.register(source, _relation(rows))
                try:
                    result = self._connection.execute(f"{statement} SELECT * FROM {source}").fetchone()
                finally:
                    self._connection.unregister(source)
            return int(result[0]) if result else 0
        except duckdb.Error as error:
            if passing(error) == "unreachable":
                raise UnreachableError(f"The rows for {what} could not be staged: {error}", remedy(error)) from error
            if hint := remedy(error):
                raise StoreError(f"The rows for {what} could not be staged: {error}", hint) from error
            raise RowsError(f"The rows do not fit {what}: {error}", _COLUMNS) from error
        except (ValueError, TypeError, OverflowError) as error:  # Arrow's own errors are among them
            raise RowsError(f"The rows do not fit {what}: {error}", _COLUMNS) from error


def _relation(rows: object) -> object:
    """Rows as something that any connection can register."""
    if isinstance(rows, duckdb.DuckDBPyRelation):
        return rows.to_arrow_reader()  # a relation itself can be used by its own connection only
    if not isinstance(rows, Sequence):
        return rows
    import pyarrow as pa

    if not all(isinstance(row, Mapping) for row in rows):
        raise TypeError("a list of rows must be a list of dicts")
    # Every row has a say in the columns; pyarrow's from_pylist would drop those that the first row does not have.
    columns = dict.fromkeys(column for row in rows for column in row)
    return pa.table({column: _array(column, [row.get(column) for row in rows]) for column in columns})


def _array(column: str, values: list[object]) -> "pa.Array":
    import pyarrow as pa

    try:
        return pa.array(values)
    except (ValueError, TypeError, OverflowError) as error:
        raise TypeError(f"column {column}: {error}") from error
