"""The words between the parts: what is to be executed, what came of it, and which values a result can hold."""

from dataclasses import dataclass
from typing import NamedTuple


class Undecodable(NamedTuple):
    """A TEXT value that is not valid UTF-8; equal to nothing but the same bytes as TEXT."""

    raw: bytes


Cell = int | float | str | bytes | Undecodable | None
"""One value of a result, as SQLite types it: NULL, INTEGER, REAL, TEXT, BLOB, broken TEXT."""

Row = tuple[Cell, ...]


class Task(NamedTuple):
    """One SQL text to run on one database file; `database` and `sql_id` are carried along unread."""

    database: str
    path: str
    sql_id: str
    sql: str


@dataclass(slots=True)
class Outcome:
    """What one SQL text did on one database: a row of the table `executions`, without the settings.

    Attributes:
        database: As in the task.
        sql_id: As in the task.
        sql: As in the task.
        status: ok, error, timeout, memory, rejected, crashed (the worker died), no_database (the file cannot be read).
        error_class: For error the kind of mistake, for memory the bound, for rejected the rule that was broken.
        error: The message of SQLite or of the sandbox, at most 1,000 characters.
        columns: Names of the result columns, each at most 1,000 characters; None where it did not come to a result.
        n_rows: Rows of the whole result, as are all that follows only where the status is ok.
        preview: The first rows as JSON, see `preview`.
        set_digest: 32 hex digits, as are the other digests; see `digests` for what each identifies.
        bag_digest: Duplicates count.
        list_digest: Duplicates and order count.
        unordered_set_digest: Set of the rows with sorted cells.
        unordered_list_digest: List of the rows with sorted cells.
        columns_digest: Multiset of the columns.
        undecodable: Whether some TEXT value is not valid UTF-8.
        volatile: Whether the statement reads the clock or chance, as far as its text tells.
        elapsed_ms: Wall time in milliseconds, digesting included.
    """

    database: str = ""
    sql_id: str = ""
    sql: str = ""
    status: str = "ok"
    error_class: str | None = None
    error: str | None = None
    columns: list[str] | None = None
    n_rows: int | None = None
    preview: str | None = None
    set_digest: str | None = None
    bag_digest: str | None = None
    list_digest: str | None = None
    unordered_set_digest: str | None = None
    unordered_list_digest: str | None = None
    columns_digest: str | None = None
    undecodable: bool = False
    volatile: bool = False
    elapsed_ms: float = 0.0

    def row(self) -> dict[str, object]:
        """Its values by name, for a table: `dataclasses.asdict` would copy each, which takes longer than many a statement."""
        return {name: getattr(self, name) for name in self.__slots__}


class Explained(NamedTuple):
    """The query plan of a statement: its lines in order, or why there is none."""

    task: Task
    status: str
    steps: list[str] | None
    error: str | None


class Fetched(NamedTuple):
    """A whole result; `rows` is empty unless the status is ok. `error` says why it is not."""

    task: Task
    status: str
    columns: list[str] | None
    rows: list[Row]
    error: str | None = None
