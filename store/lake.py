"""The lake: open it, read it with SQL, look at it as it was, and commit to it.

A lake is a catalog (tables, snapshots) and data (Parquet); where they are says its `Address`. What is read goes through an
attachment that cannot write; what is written goes through `Lake.commit`.
"""

import contextlib
import re
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

import duckdb

from store import checking, engine, maintenance, migrating
from store.address import Address, parse
from store.commit import Commit
from store.errors import (
    AGAIN,
    LakeNotFoundError,
    QueryError,
    ReadOnlyError,
    StoreError,
    UnreachableError,
    passing,
    patiently,
    remedy,
)
from store.scratch import Scratch
from store.tables import VERSION, query, tables
from store.turns import exclusive, present

Parameter = str | int | float | bool | None | list[str]
"""What a query's `$name` may be bound to."""

_EXPLAIN = re.compile(r"\A\s*EXPLAIN\b(\s+ANALYZE\b|\s*\([\w\s,]*\))?", re.IGNORECASE)


class Difference(NamedTuple):
    """What happened to a table between two snapshots."""

    table: str
    added: int
    rows: int


def open(  # noqa: A001 - store.open, as gzip.open
    path: str | Path | Address = "lake", *, data: str | Path | None = None, create: bool = True, memory_limit: str | None = None
) -> "Lake":
    """Open a lake, and make it first where there is none.

    Args:
        path: Folder of the lake; `postgres://user@host:port/database?schema=name` for one that a team shares; or the folder or
            URL of a frozen one. Never with a password: see `store.address`.
        data: Where the Parquet files of a lake in PostgreSQL are to be, such as `s3://bucket/prefix`; once it is made, it knows.
        create: Make a lake where there is none; otherwise raise LakeNotFoundError.
        memory_limit: How much memory DuckDB may use before it spills to disk, such as "1GB"; TEXT2SQL_MEMORY counts before it.

    Raises:
        AddressError: It is no address of a lake.
        LakeNotFoundError: There is no lake and `create` is false.
        LakeVersionError: The lake was made by a newer version of the project.
        UnreachableError: The server of its catalog does not answer, or went away meanwhile.
        StoreError: Its catalog is damaged, or it cannot be opened for another reason.
    """
    address = parse(path, data)
    try:
        return _current(address, memory_limit, create=create)
    except duckdb.Error as error:
        engine.explain(address, error)
        kind = UnreachableError if passing(error) == "unreachable" else StoreError
        raise kind(f"The lake {address} could not be opened: {error}", remedy(error) or AGAIN) from error


def _current(address: Address, memory_limit: str | None, *, create: bool) -> "Lake":
    """The lake at an address, made or migrated first where that is to be done."""
    lake = _existing(address, memory_limit)
    if lake is None:  # also after a kill while making it
        lake = _made(address, memory_limit, create=create)
    try:
        version = lake.schema_version
        if version == VERSION:
            return lake
        lake.close()
        migrating.migrate(address, version)
    except BaseException:
        lake.close()
        raise
    return Lake(address, memory_limit=memory_limit)


def _made(address: Address, memory_limit: str | None, *, create: bool) -> "Lake":
    """Make a lake, unless somebody else has done so meanwhile."""
    begun = address.kind == "folder" and engine.catalog_path(address.folder).is_file()
    if not (create or begun) or address.kind == "frozen":
        raise engine.not_found(address)
    if address.kind == "folder":
        engine.create_folder(address.folder)
    with exclusive(address):
        lake = _existing(address, memory_limit)
        if lake is None:
            try:
                migrating.create(address)
            except duckdb.CatalogException as error:  # there are tables, and the one that says their version cannot be read
                raise StoreError(
                    f"The catalog of {address} is damaged: {error}", "Restore the lake from a back-up: t2s lake restore"
                ) from error
    return lake or Lake(address, memory_limit=memory_limit)


def _existing(address: Address, memory_limit: str | None, tries: int = 3) -> "Lake | None":
    """The lake at an address, or None where there is none with tables yet.

    DuckDB is asked, never Python's own SQLite: two SQLite libraries in one process do not see each other's locks, and the one
    that closes first lets go of those of both.
    """
    try:
        lake = Lake(address, memory_limit=memory_limit)
    except LakeNotFoundError:
        return None
    try:
        lake.schema_version  # noqa: B018 - there are no tables when this fails
    except (duckdb.CatalogException, duckdb.InvalidInputException) as error:  # as Python may have something of the table's name
        lake.close()
        if engine.hid_tables(address, error, ["migrations"]):
            if tries == 1:
                raise engine.hung_up(address) from None
            return _existing(address, memory_limit, tries - 1)  # it hung up, or somebody has just made the lake
        return None
    except BaseException:
        lake.close()
        raise
    return lake


class Lake:
    """A lake, as it is now or as it was at a snapshot. Get one from `store.open` or `Lake.at`."""

    def __init__(self, address: Address, *, snapshot: int | None = None, memory_limit: str | None = None) -> None:
        self.address = address
        self.snapshot = snapshot
        self._memory_limit = memory_limit
        self._resources = contextlib.ExitStack()
        self._present = self._resources.enter_context(present(address))
        self._connection = engine.connect(self._resources.enter_context(engine.spill_folder()), memory_limit)
        self._resources.callback(engine.close, self._connection)
        try:
            engine.attach(self._connection, address, "lake", snapshot=snapshot)
            self._connection.execute("USE lake")
        except StoreError:
            self.close()
            raise
        except duckdb.Error as error:
            self.close()
            engine.explain(address, error)
            if snapshot is None:
                kind = UnreachableError if passing(error) == "unreachable" else StoreError
                raise kind(
                    f"The catalog of {address} cannot be read: {error}",
                    remedy(error) or "Restore it from a copy, or give the folder of another lake.",
                ) from error
            raise StoreError(
                f"Cannot open the lake {address} at version {snapshot}: {error}",
                remedy(error) or "See the versions that there are with: t2s log",
            ) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Lake({str(self.address)!r}{'' if self.snapshot is None else f', snapshot={self.snapshot}'})"

    @property
    def folder(self) -> Path:
        """The folder that the lake is in; AddressError when it is in none."""
        return self.address.folder

    @property
    def data(self) -> str:
        """Where its Parquet files are: a folder or a URL."""
        if self.address.data is not None:
            return self.address.data
        found = self._one("SELECT value FROM ducklake_options('lake') WHERE option_name = 'data_path'")
        return str(found).rstrip("/")

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
        self.require(version)
        return Lake(self.address, snapshot=version, memory_limit=self._memory_limit)

    def require(self, version: int) -> None:
        """Make sure that a version can be read.

        Raises:
            QueryError: There never was such a version.
            SnapshotExpiredError: It has been expired.
        """
        if not 0 <= version <= self.version:
            raise QueryError(f"There is no version {version}; there are 0 to {self.version}.", "See them with: t2s log")
        if self._one(f"SELECT count(*) FROM lake.snapshots() WHERE snapshot_id = {int(version)}") == 0:
            raise maintenance.SnapshotExpiredError(
                f"Version {version} of the lake has been expired.", "See the versions that there are with: t2s log"
            )

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
            raise QueryError(str(error), remedy(error) or "See the tables and views with: t2s schema") from error

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
        return Commit(self.address, self._cursor(), message, command=command, arguments=arguments or [], dry_run=dry_run)

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
        return maintenance.compact(self.address, self._present, grace=grace, patience=patience, arguments=arguments)

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
            self.address, self._present, keep=keep, older_than=older_than, grace=grace, patience=patience, dry_run=dry_run
        )

    def check(self) -> list[checking.Problem]:
        """What is wrong in the lake; see `store.checking.check`."""
        return checking.check(self)

    def _require_current(self) -> None:
        if self.snapshot is not None:
            raise ReadOnlyError(f"This is the lake as it was at version {self.snapshot}.", "Commit to store.open(path).")
        if self.address.kind == "frozen":
            raise ReadOnlyError(f"{self.address} is a frozen lake.", "Write to a copy: t2s lake copy SOURCE FOLDER")

    def _cursor(self) -> duckdb.DuckDBPyConnection:
        """Another connection to the same attachment, with temporary tables of its own."""
        cursor = self._connection.cursor()
        patiently(lambda: cursor.execute("USE lake"))
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
