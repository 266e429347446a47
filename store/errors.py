"""The errors of the store. Each says what was wrong and where; `hint` says what to do about it."""


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


def remedy(error: Exception) -> str:
    """What to do about an error of the engine that is none of the caller's making; empty when it is another kind of error."""
    message = str(error).lower()
    if any(words in message for words in ("no space left", "disk is full", "file too large", "disk quota")):
        return "Free some space on the disk of the lake (and of the temporary folder), and run the command again."
    if "parquet" in message and ("cannot open" in message or "no such file" in message or "no files found" in message):
        return "A data file of the lake is gone; see which with: t2s check"
    if "out of memory" in message:
        return "Give DuckDB more memory with memory_limit, or ask for less at once."
    return ""
