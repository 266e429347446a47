"""Runs one SQL text in this process, read-only, within what SQLite itself can bound: time, rows, bytes of values and results.

What it may do is for `guard` to say. Memory, and functions that do not come back in time, are bounded by the process around it
(`worker`). Results are those of a stock SQLite: quoting, functions and settings that change results are left as they are.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path
from time import monotonic, perf_counter
from typing import NamedTuple

import apsw

from text2sql_data.execution import temporary_files
from text2sql_data.execution.digests import Digester, encode_row
from text2sql_data.execution.guard import Guard
from text2sql_data.execution.limits import Limits
from text2sql_data.execution.messages import classify
from text2sql_data.execution.outcome import Explained, Fetched, Outcome, Row, Task, Undecodable
from text2sql_data.execution.preview import encode_preview
from text2sql_data.execution.volatility import reads_clock

_SQL_BYTES = 1_000_000
_MESSAGE_CHARS = 1_000
_BATCH_ROWS = 1_000
_BATCH_BYTES = 1_000_000
MAPPED_BYTES = 2 << 30
"""How much of a database file is mapped into memory at most: looking up rows here and there takes half the time."""
_CONFIG = (
    (apsw.SQLITE_DBCONFIG_DEFENSIVE, 1),
    (apsw.SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0),
    (apsw.SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0),
    (apsw.SQLITE_DBCONFIG_ENABLE_FTS3_TOKENIZER, 0),
    (apsw.SQLITE_DBCONFIG_ENABLE_TRIGGER, 0),
    (apsw.SQLITE_DBCONFIG_ENABLE_ATTACH_CREATE, 0),
    (apsw.SQLITE_DBCONFIG_ENABLE_ATTACH_WRITE, 0),
    (apsw.SQLITE_DBCONFIG_WRITABLE_SCHEMA, 0),
)
_DATABASE_FAULTS = (
    apsw.BusyError,
    apsw.CantOpenError,
    apsw.CorruptError,
    apsw.IOError,
    apsw.LockedError,
    apsw.NotADBError,
    apsw.PermissionsError,
    apsw.ReadOnlyError,  # a journal that would have to be rolled back first
)
_QUERY_PLAN = 2  # sqlite3_stmt_explain: EXPLAIN QUERY PLAN without a word of it in the text
_ROWS_NAME = '"rows of the statement"'


class DatabaseUnreadableError(Exception):
    """The database file cannot be read, which says nothing about the statement."""


class _StopError(Exception):
    """A rule or a bound of the sandbox was hit; the arguments are status, class and message."""


class _Failure(NamedTuple):
    status: str
    error_class: str | None
    message: str


def open_database(path: str, *, mapped: bool = False) -> apsw.Connection:
    """Open a database file for reading only, leaving no trace beside it.

    The file is taken to be immutable, unless a log of unfinished work lies beside it: then SQLite decides whether it can be
    read without being repaired.

    Args:
        path: The file.
        mapped: Map it into memory, which is faster; a process in which it is mapped dies where somebody cuts the file.

    Raises:
        DatabaseUnreadableError: There is no such file, it is empty, or it is not a database.
    """
    shown = path.encode(errors="backslashreplace").decode()
    unfinished: list[str] = []
    try:
        file = Path(path)
        if not file.is_file() or not file.stat().st_size:
            what = "is empty" if file.is_file() else "is not a file" if file.exists() else "does not exist"
            raise DatabaseUnreadableError(f"{shown} {what}")
        logs = [Path(path + suffix) for suffix in ("-wal", "-journal")]
        unfinished = [log.name for log in logs if log.exists() and log.stat().st_size]
        quoted = "".join(f"%{byte:02x}" for byte in os.fsencode(file.absolute()))
        connection = apsw.Connection(
            f"file:{quoted}?mode=ro&{'readonly_shm=1' if unfinished else 'immutable=1'}",
            flags=apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI,
            statementcachesize=0,  # a cached statement would not pass the authorizer again
        )
        for option, value in _CONFIG:
            connection.config(option, value)
        connection.limit(apsw.SQLITE_LIMIT_ATTACHED, 0)
        if not temporary_files.are_in_memory():
            connection.execute("PRAGMA temp_store = MEMORY")  # slower, but sorting must not fill the disk
        if mapped:
            connection.execute(f"PRAGMA mmap_size = {MAPPED_BYTES}")
        for (table,) in connection.execute("SELECT name FROM sqlite_schema WHERE sql LIKE 'CREATE VIRTUAL TABLE%'").fetchall():
            with suppress(apsw.Error):  # a table that cannot be used fails in the statement that uses it
                # Some prepare statements that write when they are first touched, which the guard would take for the text's.
                connection.execute(f"SELECT 1 FROM {apsw.format_sql_value(table)} LIMIT 0")
    except (OSError, ValueError, apsw.Error) as error:
        why = f" (beside it lies {unfinished[0]}: work that SQLite must finish first)" if unfinished else ""
        raise DatabaseUnreadableError(f"{shown}: {error}{why}") from error
    return connection


def run(connection: apsw.Connection, sql: str, limits: Limits) -> Outcome:
    """Execute one SQL text and condense its result.

    Args:
        connection: From `open_database`; it stays under the guard of this text until the next one.
        sql: Anything.
        limits: Bounds; `heap_mb` is kept by the worker only.

    Returns:
        The outcome, whose `database`, `sql_id` and `sql` are for the caller to fill in.
    """

    def take(batches: Iterator[_Batch], outcome: Outcome) -> None:
        digester: Digester | None = None
        head: list[Row] = []
        n_rows = 0
        for rows, texts in batches:
            digester = digester or Digester(len(rows[0]))
            digester.update(rows, texts)
            head += rows[: limits.preview_rows - len(head)]
            n_rows += len(rows)
        digests = (digester or Digester(0)).finish()
        outcome.preview = encode_preview(head, limits.preview_cell_chars)
        outcome.n_rows = n_rows
        outcome.set_digest, outcome.bag_digest, outcome.list_digest = digests.set, digests.bag, digests.list
        outcome.unordered_set_digest, outcome.unordered_list_digest = digests.unordered_set, digests.unordered_list
        outcome.columns_digest = digests.columns

    return _attempt(connection, sql, limits, take)


def fetch(path: str, sql: str, limits: Limits) -> Fetched:
    """Execute one SQL text under the same rules and keep all its rows, at most `max_rows` and `max_result_bytes`; in a worker."""
    kept: list[Row] = []

    def take(batches: Iterator[_Batch], _: Outcome) -> None:
        kept.clear()
        for rows, _texts in batches:
            kept.extend(rows)

    try:
        outcome = _attempt(open_database(path, mapped=True), sql, limits, take)
    except DatabaseUnreadableError as error:
        outcome = Outcome(status="no_database", error=str(error))
    rows = kept if outcome.status == "ok" else []
    return Fetched(Task("", path, "", sql), outcome.status, outcome.columns, rows, outcome.error)


def explain(connection: apsw.Connection, sql: str, limits: Limits) -> Explained:
    """Ask for the query plan of one SQL text, which must pass every check that it would pass to be executed, and does not run."""
    guard = Guard(monotonic() + limits.seconds)
    task = Task("", "", "", sql)
    try:
        _check_text(sql)
        connection.limit(apsw.SQLITE_LIMIT_LENGTH, limits.max_cell_bytes)
        guard.only_checks = True
        _check_statement(connection, guard, sql)
        guard.only_checks, guard.explains = False, True
        statement = guard.statement
        guard.watch(statement)
        guard.install(connection)
        cursor = connection.execute(statement, explain=_QUERY_PLAN)
        steps = [str(row[-1]) for batch in _batches(cursor, guard, limits) for row in batch.rows]
    except (_StopError, apsw.Error, MemoryError, UnicodeError) as error:
        status, _, message = _explain(error, guard, limits)
        return Explained(task, status, None, message[:_MESSAGE_CHARS])
    return Explained(task, "ok", steps, None)


class _Batch(NamedTuple):
    rows: list[Row]
    texts: list[str]


def _attempt(connection: apsw.Connection, sql: str, limits: Limits, take: Callable[[Iterator[_Batch], Outcome], None]) -> Outcome:
    """Run a text and let `take` have its rows; whatever happens becomes an outcome.

    `take` is called a second time, from the start, where some TEXT turns out not to be UTF-8.
    """
    outcome = Outcome()
    began = perf_counter()
    temporary_files.begin()
    guard = Guard(monotonic() + limits.seconds)
    cursor: apsw.Cursor | None = None
    try:
        _check_text(sql)
        connection.limit(apsw.SQLITE_LIMIT_LENGTH, limits.max_cell_bytes)
        cursor = _start(connection, guard, sql)
        outcome.columns = guard.columns
        outcome.volatile = guard.random or (guard.clock and _reads_clock(connection, guard))
        try:
            take(_batches(cursor, guard, limits), outcome)
        except UnicodeDecodeError:
            outcome.undecodable = True
            cursor.close(force=True)
            cursor = _start_as_bytes(connection, guard)
            take(_batches(cursor, guard, limits), outcome)
    except (_StopError, apsw.Error, MemoryError, UnicodeError) as error:
        outcome.status, outcome.error_class, message = _explain(error, guard, limits)
        outcome.error = message[:_MESSAGE_CHARS]
    finally:
        if cursor is not None:
            cursor.close(force=True)
    outcome.elapsed_ms = (perf_counter() - began) * 1e3
    return outcome


def _check_text(sql: str) -> None:
    """Refuse what SQLite cannot be given whole."""
    if "\0" in sql:
        raise _StopError("rejected", "nul_character", "there is a NUL character in the text")
    if len(sql.encode()) > _SQL_BYTES:
        raise _StopError("rejected", "too_long", f"the text has more than {_SQL_BYTES} bytes")


def _start(connection: apsw.Connection, guard: Guard, sql: str) -> apsw.Cursor:
    """Prepare the one statement of a text and take its first step."""
    guard.watch(sql)
    guard.install(connection)
    try:
        cursor = connection.execute(sql)
    except apsw.ExecTraceAbort:
        if guard.rule is not None:
            raise
        if _is_statement(connection, guard.rest):
            guard.rule = "multiple_statements"
            raise
        return _start(connection, guard, guard.statement)  # only a comment follows
    if not guard.started:
        raise _StopError("error", "empty", "there is no statement in the text")
    return cursor


def _check_statement(connection: apsw.Connection, guard: Guard, sql: str) -> None:
    """Prepare the one statement of a text and stop there; afterwards the guard knows it."""
    guard.watch(sql)
    guard.install(connection)
    try:
        connection.execute(sql)
    except apsw.ExecTraceAbort:
        if guard.rule is not None:
            raise
        if _is_statement(connection, guard.rest):
            guard.rule = "multiple_statements"
            raise
    if not guard.started:
        raise _StopError("error", "empty", "there is no statement in the text")


def _is_statement(connection: apsw.Connection, rest: str) -> bool:
    """Whether SQLite finds more than comments and semicolons in the rest of a text."""
    connection.exec_trace = lambda cursor, _, __: not cursor.has_vdbe
    try:
        connection.execute(rest)
    except apsw.Error:
        return True
    return False


def _start_as_bytes(connection: apsw.Connection, guard: Guard) -> apsw.Cursor:
    """Start a statement again so that each TEXT comes as its bytes, and is decoded here where that is possible.

    A materialized table expression is read in the order in which it was filled, so the order of the rows stays.
    """
    names = [f"c{index}" for index in range(len(guard.columns))]
    cells = ", ".join(f"typeof({c}), CASE typeof({c}) WHEN 'text' THEN CAST({c} AS BLOB) ELSE {c} END" for c in names)
    statement = guard.statement.strip("; \t\r\n\f")
    connection.authorizer = connection.exec_trace = None
    encoding = str(connection.pragma("encoding"))  # of the bytes, such as UTF-8 or UTF-16le

    def decode(_: apsw.Cursor, row: tuple[int | float | str | bytes | None, ...]) -> Row:
        return tuple(
            _decode(value, encoding) if kind == "text" and isinstance(value, bytes) else value
            for kind, value in zip(row[::2], row[1::2], strict=True)
        )

    cursor = _start(
        connection,
        guard,
        f"WITH {_ROWS_NAME}({', '.join(names)}) AS MATERIALIZED ({statement}\n) SELECT {cells} FROM {_ROWS_NAME}",
    )
    cursor.row_trace = decode
    return cursor


def _decode(raw: bytes, encoding: str) -> str | Undecodable:
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError:
        return Undecodable(raw)


def _reads_clock(connection: apsw.Connection, guard: Guard) -> bool:
    text = guard.statement
    if guard.view:  # the call stands in the definition of some view
        connection.exec_trace = None
        text += "".join(f"\n{sql}" for (sql,) in connection.execute("SELECT sql FROM sqlite_schema WHERE type = 'view'"))
    return reads_clock(text)


def _batches(cursor: apsw.Cursor, guard: Guard, limits: Limits) -> Iterator[_Batch]:
    """The rows of a running statement with their canonical texts, about a megabyte at a time, until a bound is hit."""
    n_rows = size = 0
    more = True
    while more:
        batch = _Batch([], [])
        rows, texts = batch
        end = size + _BATCH_BYTES
        for row in islice(cursor, _BATCH_ROWS):
            text = ascii(row)
            if ".0" in text or "e+" in text:
                text = encode_row(row)
            rows.append(row)
            texts.append(text)
            size += len(text)
            if size > end:
                break
        n_rows += len(rows)
        if n_rows > limits.max_rows:
            raise _StopError("memory", "rows", f"the result has more than {limits.max_rows} rows")
        if size > limits.max_result_bytes:
            raise _StopError("memory", "result_bytes", f"the result has more than {limits.max_result_bytes} bytes")
        if guard.expired():
            raise apsw.InterruptError
        more = len(rows) == _BATCH_ROWS or size > end
        if rows:
            yield batch


def _explain(error: Exception, guard: Guard, limits: Limits) -> _Failure:
    """What an exception means for the statement."""
    if guard.rule is not None:
        failure = _Failure("rejected", guard.rule, f"not allowed: {guard.rule.replace('_', ' ')}")
    elif isinstance(error, _StopError):
        failure = _Failure(*error.args)
    elif temporary_files.were_refused() or isinstance(error, apsw.NoMemError | apsw.FullError | MemoryError):
        failure = _Failure("memory", "heap", f"the statement needs more than {limits.heap_mb} MiB")
    elif isinstance(error, apsw.InterruptError):
        failure = _Failure("timeout", None, f"stopped after {limits.seconds:g} s")
    elif isinstance(error, apsw.TooBigError):
        failure = _Failure("memory", "cell_bytes", f"a value has more than {limits.max_cell_bytes} bytes")
    elif isinstance(error, UnicodeEncodeError):
        failure = _Failure("rejected", "not_unicode", "the text is not valid Unicode")
    elif isinstance(error, UnicodeDecodeError):
        failure = _Failure("no_database", None, f"a name in the schema is not valid UTF-8: {error.object!r}")
    elif isinstance(error, _DATABASE_FAULTS):
        failure = _Failure("no_database", None, str(error))
    else:
        error_class = classify(str(error))
        failure = _Failure("rejected" if error_class == "write" else "error", error_class, str(error))
    return failure
