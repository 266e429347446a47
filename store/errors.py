"""The errors of the store. Each says what was wrong and where; `hint` says what to do about it."""

import random
import re
import time
from collections.abc import Callable
from typing import Literal, TypeVar

Result = TypeVar("Result")

PATIENCE = 120.0
"""Seconds that one waits for a turn, or for a server that does not answer."""


class StoreError(Exception):
    """Root of every error that the project raises on purpose.

    Attributes:
        hint: What the user can do, as one sentence; empty when the message says it all.
        exit_code: What `t2s` ends with: 1, or 3 where a check ran and said no.
    """

    exit_code = 1

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message, hint)  # both are arguments, so that the error survives pickling
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return self.message


class LakeNotFoundError(StoreError, FileNotFoundError):
    """There is no lake at the given place."""


class AddressError(StoreError, ValueError):
    """What was given is not where a lake can be."""


class UnreachableError(StoreError, ConnectionError):
    """The server of a catalog, or the store of the data, does not answer."""


class LakeVersionError(StoreError):
    """The lake was made by a newer version of the project than this one."""


class LakeBusyError(StoreError, TimeoutError):
    """Other writers kept the lake busy for longer than a commit is willing to wait."""


class ReadOnlyError(StoreError, PermissionError):
    """A statement that is not a query was given where only queries are allowed."""


class QueryError(StoreError, ValueError):
    """A query could not be run."""


class RowsError(StoreError, ValueError):
    """Rows do not fit the table that they are appended to."""


def passing(error: Exception) -> Literal["conflict", "unreachable"] | None:
    """Whether an error passes by itself: other writers were faster, or a server did not answer."""
    message = _ADDRESS.sub("", str(error).lower())  # a bucket may be called busy-bees
    if _BUSY.search(message):
        return "conflict"
    if any(words in message for words in _NEVER):
        return None
    if isinstance(error, UnreachableError) or any(words in message for words in _LOST):
        return "unreachable"
    if "http" in type(error).__name__.lower():  # DuckDB's error of an object store
        status = getattr(error, "status_code", 0) or 0
        return "unreachable" if status in {0, 408, 429} or status >= _SERVER_ERROR else None
    return None


def in_short(error: Exception) -> str:
    """What an error says, without the statement that PostgreSQL refused, which has all rows of a commit in it."""
    statement, _, said = str(error).rpartition('": ERROR:')
    return f"PostgreSQL says: {said.strip()}" if statement else str(error)


def patiently(do: Callable[[], Result], patience: float = PATIENCE) -> Result:
    """Do what can be done again, until the server that it needs answers or the patience is over."""
    deadline, pause = time.monotonic() + patience, 0.05
    while True:
        try:
            return do()
        except Exception as error:
            if passing(error) != "unreachable" or time.monotonic() > deadline:
                raise
            time.sleep(pause * random.uniform(0.5, 1.5))  # noqa: S311 - jitter, not cryptography
            pause = min(2 * pause, 2.0)


_SERVER_ERROR = 500
_ADDRESS = re.compile(r"\w+://[^\s'\"]+")
_BUSY = re.compile(r"\bconflict|\bdatabase is locked\b|\bbusy\b|\bsqlite_busy\b")
_NEVER = ("password authentication failed", "no password supplied", "permission denied")  # however long one waits
_LOST = (  # what libpq and PostgreSQL say
    "server closed the connection",
    "terminating connection",
    "unable to connect to postgres",
    "connection to server",
    "the database system is",
    "no connection to the server",
    "could not receive data from server",
    "could not send data to server",
    "connection is closed",
    'failed to execute query "commit"',
    'failed to execute query "rollback"',
    "could not establish connection",  # and what DuckDB says of an object store
    " error for http ",  # whatever curl says went wrong on the way, before a verb and an address
)


AGAIN = "Run the command again: what was committed is kept. If that does not help, report it with the message."
"""What there is to do about an error that nothing is known of."""


def remedy(error: Exception) -> str:
    """What to do about an error of the engine that is none of the caller's making; empty when it is another kind of error."""
    message = str(error).lower().partition("\nline ")[0]  # a query may have these very words in it, which DuckDB quotes
    if isinstance(error, MemoryError):
        message = "out of memory"
    for words, hint in _REMEDIES.items():
        if any(word in message for word in words):
            return hint
    if "parquet" in message and any(words in message for words in _DAMAGED):
        return "A data file of the lake is gone or damaged; see which with: t2s check"
    if passing(error) == "unreachable":
        return "Run the command again once the server of the catalog, or the object store, answers: what was committed is kept."
    if getattr(error, "status_code", 0) in {401, 403}:  # of an object store
        return (
            "Say who you are in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or in a persistent DuckDB secret of type s3; "
            "or ask the owner of the bucket for the right."
        )
    if type(error).__name__ == "InternalException":  # such as where a server goes away in the middle of an answer
        return "DuckDB failed inside. Run the command again: what was committed is kept. If that does not help, report it."
    return _ABORTED if "transaction is aborted" in message else ""


_ABORTED = (
    "Run the command again. What failed before it is not said: if it was no server, it was mostly for want of memory, and DuckDB "
    "needs more (TEXT2SQL_MEMORY=8GB)."
)
_DAMAGED = (  # what DuckDB says of a Parquet file that is gone or cut: in a folder,
    "cannot open",
    "no such file",
    "no files found",
    "too small",
    "no magic bytes",
    "bytes outside file",
    "http 404",  # and in an object store
    "http 416",
)

_REMEDIES = {
    ("no space left", "disk is full", "file too large", "disk quota"): (
        "Free some space on the disk of the lake (and of the temporary folder), and run the command again."
    ),
    ("out of memory",): ("Give DuckDB more memory (TEXT2SQL_MEMORY=8GB, or memory_limit in Python), or ask for less at once."),
    ("database has been invalidated",): "Run the command again: what was committed is kept.",
    ("disk image is malformed", "file is not a database"): (
        "The catalog is damaged; see t2s check. Restore the lake from a back-up: t2s lake restore"
    ),
    (
        "requesttimetooskewed",
    ): "Set the clock of this machine: the object store takes no request from another quarter of an hour.",
    ("cannot allocate memory",): "Free some memory, or give DuckDB less (TEXT2SQL_MEMORY=2GB), and run the command again.",
    ("password authentication failed", "no password supplied"): "Say who you are in PGPASSWORD, ~/.pgpass or a DuckDB secret.",
    ("permission denied for schema", "permission denied for table"): (
        "Ask the owner of the lake for the right: GRANT ALL ON SCHEMA, and ON ALL TABLES IN SCHEMA, to your role."
    ),
    ("nosuchbucket",): "Make the bucket first, or give another place for the data.",
}
