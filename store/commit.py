"""A commit: rows are staged while it is open and written as one snapshot when it ends.

Writers take turns (a file lock on the lake's folder, released by the kernel when its holder dies), so that "write only the
rows whose key is not there yet" cannot be overtaken by another writer; readers are never in the way. A conflict that another
kind of client causes is retried, within a bound.
"""

import contextlib
import fcntl
import functools
import getpass
import json
import os
import platform
import random
import sys
import time
from collections.abc import Iterator, Sequence
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed_version
from pathlib import Path
from types import TracebackType

import duckdb

from store import engine
from store.errors import LakeBusyError, RowsError, StoreError, remedy
from store.scratch import Rows, Scratch
from store.tables import tables

PATIENCE = 120.0
"""Seconds that a commit waits for its turn, and that it goes on retrying after conflicts."""

_CONFLICT = ("conflict", "database is locked", "busy")


class Commit(Scratch):
    """Rows on their way into the lake. Get one from `Lake.commit`, and use it in a `with` statement.

    Attributes:
        added: After the end, the number of rows that were new, by table; in a dry run, that would have been.
        snapshot: After the end, the version that the lake reached; None when nothing was written.
    """

    def __init__(
        self,
        folder: Path,
        connection: duckdb.DuckDBPyConnection,
        message: str,
        *,
        command: str | None,
        arguments: list[str],
        dry_run: bool,
    ) -> None:
        super().__init__(connection)
        self._dry_run = dry_run
        self._folder = folder
        self._message = message
        self._command = command
        self._arguments = arguments
        self._appended: dict[str, str] = {}
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
            self._check(table, staged)
        if self._dry_run:
            for table, staged in self._appended.items():
                row = self._connection.execute(f"SELECT count(*) FROM ({self._new_rows(table, staged, 'lake')})").fetchone()
                self.added[table] = int(row[0]) if row else 0
            return
        with exclusive(self._folder, PATIENCE):
            engine.attach(self._connection, self._folder, "writer", read_only=False)
            try:
                self._retry()
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
            raise RowsError(f"{table}.{column} may not be NULL, and is in {found[len(required) :]}.")

    def _retry(self) -> None:
        deadline, pause = time.monotonic() + PATIENCE, 0.02
        while True:
            try:
                self._attempt()
            except duckdb.Error as error:
                if not any(word in str(error).lower() for word in _CONFLICT):
                    raise StoreError(f"The commit failed, and nothing was written: {error}", remedy(error)) from error
                if time.monotonic() > deadline:
                    raise LakeBusyError(
                        f"Other writers kept {self._folder} busy for {PATIENCE:.0f} s; nothing was written.",
                        "Run the command again: what was there is kept.",
                    ) from error
                time.sleep(pause * random.uniform(0.5, 1.5))  # noqa: S311 - jitter, not cryptography
                pause = min(2 * pause, 2.0)
            else:
                return

    def _attempt(self) -> None:
        self.added = {}
        with transaction(self._connection, self._message, self._command, self._arguments, catalog="writer") as done:
            for table, staged in self._appended.items():
                self.added[table] = self._insert_new(table, staged)
            if not any(self.added.values()):
                done.abandon()
        if any(self.added.values()):
            row = self._connection.execute("SELECT max(snapshot_id) FROM writer.snapshots()").fetchone()
            self.snapshot = int(row[0]) if row else None

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
        return f"SELECT {distinct} s.* FROM temp.{staged} s ANTI JOIN {catalog}.{table} t ON {same}"


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
        connection.execute(
            f"CALL {catalog}.set_commit_message($author, $message, extra_info => $extra)",
            {"author": author(), "message": message, "extra": json.dumps(extra)},
        )
        connection.execute("COMMIT")
    except BaseException:
        with contextlib.suppress(duckdb.Error):  # DuckDB has already rolled back when COMMIT itself failed
            connection.execute("ROLLBACK")
        raise


@contextlib.contextmanager
def exclusive(folder: Path, patience: float = PATIENCE) -> Iterator[None]:
    """The turn to write to the lake in a folder.

    Raises:
        LakeBusyError: Another writer had it for longer than `patience` seconds.
    """
    deadline = time.monotonic() + patience
    with (folder / "writer.lock").open("a") as file:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise LakeBusyError(
                        f"Another process has been writing to {folder} for over {patience:.0f} s.",
                        "Wait for it to end and run the command again.",
                    ) from None
                time.sleep(random.uniform(0.005, 0.03))  # noqa: S311 - jitter, not cryptography
        yield


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
