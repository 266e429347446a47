"""A commit: rows are staged while it is open and written as one snapshot when it ends.

Writers take turns (see `store.turns`), so that "write only the rows whose key is not there yet" cannot be overtaken by another
writer; readers are never in the way. What passes by itself is tried again, within a bound: a conflict that another kind of client
causes, a catalog server that restarts, an object store that is overloaded.
"""

import contextlib
import functools
import getpass
import json
import os
import platform
import random
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed_version
from types import TracebackType
from typing import Literal

import duckdb

from store import engine
from store.address import Address
from store.errors import (
    AGAIN,
    PATIENCE,
    LakeBusyError,
    RowsError,
    StoreError,
    UnreachableError,
    in_short,
    passing,
    patiently,
    remedy,
)
from store.scratch import Rows, Scratch
from store.tables import tables
from store.turns import exclusive


class Commit(Scratch):
    """Rows on their way into the lake. Get one from `Lake.commit`, and use it in a `with` statement.

    Attributes:
        added: After the end, the number of rows that were new, by table; in a dry run, that would have been.
        snapshot: After the end, the version that the lake reached; None when nothing was written.
    """

    def __init__(
        self,
        address: Address,
        connection: duckdb.DuckDBPyConnection,
        message: str,
        *,
        command: str | None,
        arguments: list[str],
        dry_run: bool,
    ) -> None:
        super().__init__(connection)
        self._dry_run = dry_run
        self._address = address
        self._message = message
        self._command = command
        self._arguments = arguments
        self._appended: dict[str, str] = {}
        self._token = uuid.uuid4().hex  # by which a commit is known again whose answer was lost
        self._unanswered = False
        self.added: dict[str, int] = {}
        self.snapshot: int | None = None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        try:
            if kind is None and self._appended:
                self._write()
        finally:
            super().__exit__(kind, error, trace)

    def append(self, table: str, rows: Rows) -> int:
        """Stage rows for a table; may be called often. Rows whose key the table already has are left out at the end.

        Args:
            table: Name of the table.
            rows: A list of dicts, a polars frame, an Arrow table or reader, a DuckDB relation of this lake, or the text of a
                query over the lake and what was staged. Columns are matched by name; a missing one is NULL.

        Returns:
            The number of rows staged.

        Raises:
            RowsError: The table is not known, or the rows do not fit it.
        """
        if table not in tables():
            raise RowsError(f"There is no table {table}.", f"The tables are: {', '.join(tables())}")
        if table not in self._appended:
            self._appended[table] = f"append_{table}"
            self.stage(f"append_{table}", f"FROM lake.{table} LIMIT 0")
        if isinstance(rows, Sequence) and not rows:
            return 0
        return self._run(f"INSERT INTO temp.append_{table} BY NAME", rows, table)

    def _write(self) -> None:
        for table, staged in self._appended.items():
            patiently(functools.partial(self._check, table, staged))
        if self._dry_run:
            for table, staged in self._appended.items():
                row = self._connection.execute(f"SELECT count(*) FROM ({self._new_rows(table, staged, 'lake')})").fetchone()
                self.added[table] = int(row[0]) if row else 0
            return
        began, pause = time.monotonic(), 0.02
        while True:
            try:
                with exclusive(self._address, PATIENCE) as still, self._writer():
                    self._attempt(still)
            except (duckdb.Error, UnreachableError) as error:
                kind = self._passing(error)
                if kind is None:
                    if self._came_through():
                        return
                    raise StoreError(
                        f"The commit failed, and {self._written}: {in_short(error)}", remedy(error) or AGAIN
                    ) from error
                if (tried := time.monotonic() - began) > PATIENCE:
                    raise self._given_up(kind, error, tried) from error
                time.sleep(pause * random.uniform(0.5, 1.5))  # noqa: S311 - jitter, not cryptography
                pause = min(2 * pause, 2.0)
            else:
                return

    def _passing(self, error: Exception) -> Literal["conflict", "unreachable"] | None:
        """Whether the commit may succeed if it is tried again."""
        kind = passing(error)
        if kind is None and "does not exist" in str(error):
            try:
                return "unreachable" if engine.hid_tables(self._address, error, self._appended) else None
            except (duckdb.Error, UnreachableError) as asked:
                return passing(asked)
        return kind

    def _given_up(self, kind: Literal["conflict", "unreachable"], error: Exception, tried: float) -> StoreError:
        hint = "Run the command again: what was there is kept, and nothing is written twice."
        if kind == "conflict":
            return LakeBusyError(f"Other writers kept {self._address} busy for {tried:.0f} s; nothing was written.", hint)
        return UnreachableError(f"The commit was tried for {tried:.0f} s, and {self._written}: {in_short(error)}", hint)

    @property
    def _written(self) -> str:
        return "whether it was written cannot be told" if self._unanswered else "nothing was written"

    @contextlib.contextmanager
    def _writer(self) -> Iterator[None]:
        """The lake as the catalog `writer`, which can be written."""
        with contextlib.suppress(duckdb.Error):
            self._connection.execute("ROLLBACK")  # a server that went away may have left both: a transaction,
        self._connection.execute("DETACH DATABASE IF EXISTS writer")  # and the catalog
        engine.attach(self._connection, self._address, "writer", read_only=False)
        try:
            yield
        finally:
            self._connection.execute("DETACH writer")

    def _check(self, table: str, staged: str) -> None:
        """Refuse a NULL where the table has none, before the lock is taken."""
        described = self._connection.execute(f"SELECT column_name FROM (DESCRIBE lake.{table}) WHERE \"null\" = 'NO'").fetchall()
        required = [column for (column,) in described]
        if not required:
            return
        missing = " OR ".join(f"{column} IS NULL" for column in required)
        found = self._connection.execute(
            f"SELECT {', '.join(f'{column} IS NULL' for column in required)}, * FROM temp.{staged} WHERE {missing} LIMIT 1"
        ).fetchone()
        if found is not None:
            column = next(column for column, is_null in zip(required, found, strict=False) if is_null)
            raise RowsError(
                f"{table}.{column} may not be NULL, and is in {found[len(required) :]}.", f"Columns: t2s schema {table}"
            )

    def _attempt(self, still: Callable[[], None]) -> None:
        if self.snapshot is not None or (self._unanswered and self._landed() is not None):
            return
        self.added = {}
        with transaction(
            self._connection, self._message, self._command, self._arguments, catalog="writer", token=self._token
        ) as done:
            for table, staged in self._appended.items():
                self.added[table] = self._insert_new(table, staged)
            still()
            if not any(self.added.values()):
                done.abandon()
            else:
                self._unanswered = self._address.kind == "postgres"
        if any(self.added.values()):
            self._landed()

    def _came_through(self) -> bool:
        """Whether a commit whose answer was an error is there all the same; where that cannot be asked, it stays unknown."""
        with contextlib.suppress(duckdb.Error, UnreachableError):
            if self._unanswered:
                with self._writer():
                    self._landed()
        return self.snapshot is not None

    def _landed(self) -> int | None:
        """The snapshot that this commit became, if it did."""
        row = self._connection.execute(
            "SELECT snapshot_id FROM writer.snapshots() WHERE commit_extra_info ->> '$.commit' = $1", [self._token]
        ).fetchone()
        self.snapshot = int(row[0]) if row else None
        self._unanswered = False
        return self.snapshot

    def _insert_new(self, table: str, staged: str) -> int:
        new_rows = self._new_rows(table, staged, "writer")
        result = self._connection.execute(f"INSERT INTO writer.{table} BY NAME {new_rows}").fetchone()
        return int(result[0]) if result else 0

    def _new_rows(self, table: str, staged: str, catalog: str) -> str:
        """The query for the staged rows whose key is not in the table yet."""
        key = tables()[table].key
        same = " AND ".join(f"s.{column} IS NOT DISTINCT FROM t.{column}" for column in key)
        # A repeated key inside one batch is rare; finding out is far cheaper than always removing it.
        columns = ", ".join(key)
        repeated = self._connection.execute(
            f"SELECT count(*) > (SELECT count(*) FROM (SELECT DISTINCT {columns} FROM temp.{staged})) FROM temp.{staged}",
        ).fetchone()
        distinct = f"DISTINCT ON ({columns})" if repeated and repeated[0] else ""
        return f"SELECT {distinct} {self._columns(table, catalog)} FROM temp.{staged} s ANTI JOIN {catalog}.{table} t ON {same}"

    def _columns(self, table: str, catalog: str) -> str:
        """The columns of staged rows, in the order of time even where a clock is behind that of an earlier writer's machine."""
        if (order := tables()[table].order) is None:
            return "s.*"
        latest = f"(SELECT max({order}) FROM {catalog}.{table})"
        behind = (
            f"coalesce({latest} + INTERVAL 1 MICROSECOND - (SELECT min({order}) FROM temp.append_{table}), INTERVAL 0 SECOND)"
        )
        return f"s.* REPLACE (s.{order} + greatest({behind}, INTERVAL 0 SECOND) AS {order})"


class _Transaction:
    """Says at the end of a transaction whether it is to be kept."""

    abandoned = False

    def abandon(self) -> None:
        """Roll back instead of committing."""
        self.abandoned = True


@contextlib.contextmanager
def transaction(
    connection: duckdb.DuckDBPyConnection,
    message: str,
    command: str | None = None,
    arguments: Sequence[str] = (),
    catalog: str = "lake",
    token: str | None = None,
) -> Iterator[_Transaction]:
    """One DuckDB transaction that ends as one snapshot with its provenance, or without a trace."""
    state = _Transaction()
    connection.execute("BEGIN")
    try:
        yield state
        if state.abandoned:
            connection.execute("ROLLBACK")
            return
        extra = {"command": command, "arguments": list(arguments), "versions": versions()}
        if token:
            extra["commit"] = token
        connection.execute(
            f"CALL {catalog}.set_commit_message($author, $message, extra_info => $extra)",
            {"author": author(), "message": message, "extra": json.dumps(extra)},
        )
        connection.execute("COMMIT")
    except BaseException:
        with contextlib.suppress(duckdb.Error):  # DuckDB has already rolled back when COMMIT itself failed
            connection.execute("ROLLBACK")
        raise


def author() -> str:
    """Who commits: TEXT2SQL_AUTHOR, or the user's name on this machine."""
    try:
        return os.environ.get("TEXT2SQL_AUTHOR") or getpass.getuser()
    except (KeyError, OSError):  # a container's user may have no name
        return "unknown"


@functools.cache
def versions() -> dict[str, str]:
    """The versions of everything that a figure can depend on."""
    found = {
        "python": platform.python_version(),
        "platform": f"{sys.platform} {platform.machine()}",
        "duckdb": duckdb.__version__,
    }
    for name, package in (("text2sql-store", "text2sql-store"), ("sqlite", "apsw"), ("sqlglot", "sqlglot")):
        with contextlib.suppress(PackageNotFoundError):
            found[name] = installed_version(package)
    return found
