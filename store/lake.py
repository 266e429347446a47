"""The lake: open it, read it with SQL, look at it as it was, and commit to it.

A lake is one folder: `catalog.sqlite` (tables, snapshots) and `data/` (Parquet). What is read goes through an attachment that
cannot write; what is written goes through `Lake.commit`.
"""

import contextlib
import logging
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

import duckdb

from store import engine, maintenance
from store.commit import Commit, exclusive, transaction
from store.errors import LakeNotFoundError, LakeVersionError, QueryError, ReadOnlyError, StoreError, remedy
from store.scratch import Scratch
from store.tables import VERSION, migrations, query, tables, views

logger = logging.getLogger("store")

Parameter = str | int | float | bool | None | list[str]
"""What a query's `$name` may be bound to."""

_EXPLAIN = re.compile(r"\A\s*EXPLAIN\b(\s+ANALYZE\b|\s*\([\w\s,]*\))?", re.IGNORECASE)


class Difference(NamedTuple):
    """What happened to a table between two snapshots."""

    table: str
    added: int
    rows: int


class Problem(NamedTuple):
    """Something in the lake that should not be there."""

    check: str
    table: str
    rows: int
    example: str


def open(path: str | Path = "lake", *, create: bool = True, memory_limit: str | None = None) -> "Lake":  # noqa: A001 - store.open, as gzip.open
    """Open the lake in a folder, and make it first where there is none.

    Args:
        path: Folder of the lake.
        create: Make a lake where there is none; otherwise raise LakeNotFoundError.
        memory_limit: How much memory DuckDB may use before it spills to disk, such as "1GB".

    Raises:
        LakeNotFoundError: There is no lake and `create` is false.
        LakeVersionError: The lake was made by a newer version of the project.
    """
    folder = Path(path).absolute()
    if not engine.catalog_path(folder).is_file():
        if not create:
            raise LakeNotFoundError(f"There is no lake in {folder}", f"Make one with: t2s --lake {path} init")
        engine.create_folder(folder)
    lake = _existing(folder, memory_limit)
    if lake is None:  # also after a kill while making it
        with exclusive(folder):
            lake = _existing(folder, memory_limit)  # somebody else may have made it meanwhile
            if lake is None:
                engine.create_catalog(folder)
                _create_tables(folder)
        lake = lake or Lake(folder, memory_limit=memory_limit)
    try:
        version = lake.schema_version
        if version == VERSION:
            return lake
        lake.close()
        _migrate(folder, version)
    except BaseException:
        lake.close()
        raise
    return Lake(folder, memory_limit=memory_limit)


def _existing(folder: Path, memory_limit: str | None) -> "Lake | None":
    """The lake in a folder, or None where there is none with tables yet.

    DuckDB is asked, never Python's own SQLite: two SQLite libraries in one process do not see each other's locks, and the one
    that closes first lets go of those of both.
    """
    try:
        lake = Lake(folder, memory_limit=memory_limit)
    except LakeNotFoundError:
        return None
    try:
        lake.schema_version  # noqa: B018 - there are no tables when this fails
    except (duckdb.CatalogException, duckdb.InvalidInputException):  # the latter where Python has something of the table's name
        lake.close()
        return None
    except BaseException:
        lake.close()
        raise
    return lake


class Lake:
    """A lake, as it is now or as it was at a snapshot. Get one from `store.open` or `Lake.at`."""

    def __init__(self, folder: Path, *, snapshot: int | None = None, memory_limit: str | None = None) -> None:
        self.folder = folder
        self.snapshot = snapshot
        self._memory_limit = memory_limit
        self._resources = contextlib.ExitStack()
        self._present = self._resources.enter_context(maintenance.present(folder))
        self._connection = engine.connect(self._resources.enter_context(engine.spill_folder()), memory_limit)
        self._resources.callback(self._connection.close)
        try:
            engine.attach(self._connection, folder, "lake", snapshot=snapshot)
            self._connection.execute("USE lake")
        except StoreError:
            self.close()
            raise
        except duckdb.Error as error:
            self.close()
            if snapshot is None:
                raise StoreError(
                    f"The catalog {engine.catalog_path(folder)} cannot be read: {error}",
                    "Restore it from a copy, or give the folder of another lake.",
                ) from error
            raise StoreError(
                f"Cannot open the lake in {folder} at version {snapshot}: {error}",
                "See the versions that there are with: t2s log",
            ) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Lake({str(self.folder)!r}{'' if self.snapshot is None else f', snapshot={self.snapshot}'})"

    def close(self) -> None:
        """Close the connection to the lake."""
        self._resources.close()

    @property
    def version(self) -> int:
        """The snapshot that is read: the latest one, or the one that was asked for."""
        if self.snapshot is not None:
            return self.snapshot
        return int(self._one("SELECT max(snapshot_id) FROM lake.snapshots()"))

    @property
    def schema_version(self) -> int:
        """The version that the tables and views have reached (see `store.tables.VERSION`)."""
        return int(self._one("SELECT max(version) FROM migrations"))

    def at(self, version: int) -> "Lake":
        """The whole lake as it was at a version, to be read."""
        if not 0 <= version <= self.version:
            raise QueryError(f"There is no version {version}; there are 0 to {self.version}.", "See them with: t2s log")
        if self._one(f"SELECT count(*) FROM lake.snapshots() WHERE snapshot_id = {int(version)}") == 0:
            raise maintenance.SnapshotExpiredError(
                f"Version {version} of the lake has been expired.", "See the versions that there are with: t2s log"
            )
        return Lake(self.folder, snapshot=version, memory_limit=self._memory_limit)

    def sql(self, text: str, /, **parameters: Parameter) -> duckdb.DuckDBPyRelation:
        """The result of one query as a DuckDB relation: `.pl()`, `.arrow()`, `.df()` and `.fetchall()` follow.

        Args:
            text: One SELECT (or FROM, WITH, DESCRIBE, SHOW, SUMMARIZE, EXPLAIN) statement; `$name` is a parameter.
            parameters: Values of the parameters.

        Raises:
            ReadOnlyError: The text is not one query.
            QueryError: The query is wrong; the message is DuckDB's.
        """
        _require_query(text)
        try:
            # A connection of its own: another query on the same one would cut this result short while it is being read.
            return self._cursor().sql(text, params=parameters or None)
        except duckdb.Error as error:
            raise QueryError(str(error), "See the tables and views with: t2s schema") from error

    def commit(
        self,
        message: str,
        *,
        command: str | None = None,
        arguments: list[str] | None = None,
        dry_run: bool = False,
    ) -> Commit:
        """A commit, to be used in a `with` statement: its end writes all appended rows as one snapshot, or none of them.

        Args:
            message: What is being done, for people who read the log.
            command: The command that does it; recorded with the snapshot.
            arguments: The arguments of that command; recorded as well.
            dry_run: Count what would be added, and write nothing.
        """
        self._require_current()
        return Commit(self.folder, self._cursor(), message, command=command, arguments=arguments or [], dry_run=dry_run)

    def scratch(self) -> Scratch:
        """Temporary tables beside the lake, in a `with` statement: for an answer that takes more than one query."""
        return Scratch(self._cursor())

    def log(self) -> duckdb.DuckDBPyRelation:
        """The snapshots, latest first: version, time, author, message, command, arguments, versions."""
        return self.sql(query("log"))

    def diff(self, before: int, after: int) -> list[Difference]:
        """The rows that were added to each table from one version to a later one."""
        if before > after:
            raise QueryError(f"Version {before} is later than version {after}.", "Give the earlier version first.")
        with self.at(before) as old, self.at(after) as new:
            was, now = old.counts(), new.counts()
        return [Difference(table, rows - was.get(table, 0), rows) for table, rows in now.items()]

    def counts(self) -> dict[str, int]:
        """The number of rows of each table."""
        known = {
            name
            for (name,) in self._cursor().sql("SELECT table_name FROM duckdb_tables() WHERE database_name = 'lake'").fetchall()
        }
        names = [name for name in tables() if name in known]
        if not names:
            return {}
        union = " UNION ALL ".join(f"SELECT '{name}', count(*) FROM lake.{name}" for name in names)
        return dict(self._cursor().sql(union).fetchall())

    def compact(
        self, *, grace: timedelta = maintenance.GRACE, patience: float | None = None, arguments: list[str] | None = None
    ) -> maintenance.Compacted:
        """Write small files, and rows that are still in the catalog, into few files; see `store.maintenance.compact`."""
        self._require_current()
        return maintenance.compact(self.folder, self._present, grace=grace, patience=patience, arguments=arguments)

    def expire(
        self,
        *,
        keep: int | None = None,
        older_than: datetime | timedelta | None = None,
        grace: timedelta = maintenance.GRACE,
        patience: float | None = None,
        dry_run: bool = False,
    ) -> maintenance.Expired:
        """End old snapshots, except those that pins were built from; see `store.maintenance.expire`."""
        self._require_current()
        return maintenance.expire(
            self.folder, self._present, keep=keep, older_than=older_than, grace=grace, patience=patience, dry_run=dry_run
        )

    def check(self) -> list[Problem]:
        """What is wrong in the lake: repeated keys, rows without the rows that they refer to, missing data files."""
        problems = []
        for table in tables():
            files = self.sql("SELECT data_file FROM ducklake_list_files('lake', $t)", t=table).fetchall()
            problems += [Problem("missing_data_file", table, 1, path) for (path,) in files if not Path(path).exists()]
        if problems:  # the rows cannot be looked at
            return problems
        return [Problem(*row) for name in ("repeated_keys", "dangling_references") for row in self.sql(f"FROM {name}").fetchall()]

    def _require_current(self) -> None:
        if self.snapshot is not None:
            raise ReadOnlyError(f"This is the lake as it was at version {self.snapshot}.", "Commit to store.open(path).")

    def _cursor(self) -> duckdb.DuckDBPyConnection:
        """Another connection to the same attachment, with temporary tables of its own."""
        cursor = self._connection.cursor()
        cursor.execute("USE lake")
        cursor.execute("SET TimeZone = 'UTC'")
        return cursor

    def _one(self, text: str) -> str | int:
        row = self._cursor().sql(text).fetchone()
        if row is None:
            raise AssertionError(f"no row: {text}")
        return row[0]  # type: ignore[no-any-return]  # DuckDB's rows are untyped


# Table functions that change DuckDB or write files although they are called in a SELECT.
_SWITCH = re.compile(
    r"\b(?:enable|disable|truncate)_(?:logging|profiling|profile|duckdb_logs|\w*verification)\w*\s*\(", re.IGNORECASE
)


def _require_query(text: str) -> None:
    """Refuse what is not one query. EXPLAIN counts as the statement behind it, which EXPLAIN ANALYZE would run."""
    try:
        kinds = [statement.type for statement in duckdb.extract_statements(text)]
        if kinds == [duckdb.StatementType.EXPLAIN] and (explain := _EXPLAIN.match(text)):
            kinds = [statement.type for statement in duckdb.extract_statements(text[explain.end() :])]
    except duckdb.Error as error:
        raise QueryError(f"Not SQL that DuckDB understands: {error}") from error
    if switch := _SWITCH.search(text):
        raise ReadOnlyError(f"{switch.group()}) changes more than it reads.", "Ask for tables and views only.")
    if kinds != [duckdb.StatementType.SELECT]:
        what = ", ".join(str(kind).rpartition(".")[2] for kind in kinds) or "nothing"
        raise ReadOnlyError(
            f"Only one query can be run here, and this is {what}.",
            "Write through lake.commit(...); save a result with t2s sql --output FILE or with .pl().",
        )


def _create_tables(folder: Path) -> None:
    """Make all tables and views, as one snapshot."""
    with _writer(folder) as connection, transaction(connection, "created", command="init"):
        for table in tables().values():
            connection.execute(table.sql)
        _create_views(connection)
        connection.execute("INSERT INTO migrations VALUES ($1, 'created', now()::TIMESTAMP)", [VERSION])


def _migrate(folder: Path, version: int) -> None:
    """Move the tables of an older lake forward, one version a snapshot; refuse a newer lake."""
    if version > VERSION:
        raise LakeVersionError(
            f"The lake in {folder} has tables of version {version}; this installation knows {VERSION}.",
            "Install the version of text2sql-store that wrote it, or a later one: pip install -U text2sql-store",
        )
    with exclusive(folder), _writer(folder) as connection:
        (version,) = connection.execute("SELECT max(version) FROM migrations").fetchone() or (version,)  # it may be done by now
        for number, name, text in migrations(after=version):
            logger.warning("The lake in %s is moved from version %s to %s: %s", folder, number - 1, number, name)
            try:
                with transaction(connection, f"migration {number}: {name}", command="migrate"):
                    connection.execute(text)
                    if number == VERSION:  # the views read the tables as they are in the end
                        _create_views(connection)
                    connection.execute("INSERT INTO migrations VALUES ($1, $2, now()::TIMESTAMP)", [number, name])
            except duckdb.Error as error:
                raise StoreError(
                    f"The migration of the lake in {folder} to version {number} ({name}) failed and was undone: {error}",
                    remedy(error) or "Go on with the version of text2sql-store that wrote the lake, and report this.",
                ) from error


@contextlib.contextmanager
def _writer(folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection of its own whose current catalog is the lake, writable."""
    with engine.spill_folder() as spill, contextlib.closing(engine.connect(spill)) as connection:
        engine.attach(connection, folder, "lake", read_only=False)
        connection.execute("USE lake")
        yield connection


def _create_views(connection: duckdb.DuckDBPyConnection) -> None:
    for view in views().values():
        connection.execute(view.sql)
