"""What a statement may do: it may read the database it was given, and nothing else.

`Guard` is asked by SQLite's authorizer for each thing that a statement would do, when it is prepared, and again when SQLite
runs statements of its own for it. Allowed are queries, also recursive ones, the schema table, `pragma_table_info(...)` and its
like, and all functions but a few. PRAGMA and EXPLAIN statements are refused: their results describe the engine, not the data.
Where the plan of a statement is asked for, the statement is checked by the same rules, and never runs.
"""

from time import monotonic

import apsw

from text2sql_data.execution.volatility import ALWAYS, CLOCK

_STEPS = 10_000  # virtual machine steps between two looks at the clock: well under a millisecond
_NAME_CHARS = 1_000
_RULES = {
    apsw.SQLITE_ATTACH: "attach",
    apsw.SQLITE_DETACH: "attach",
    apsw.SQLITE_FUNCTION: "function",
    apsw.SQLITE_PRAGMA: "pragma",
    apsw.SQLITE_SAVEPOINT: "transaction",
    apsw.SQLITE_TRANSACTION: "transaction",
}  # everything else that is not allowed is a write
_FORBIDDEN_FUNCTIONS = frozenset({"load_extension", "fts3_tokenizer", "fts5", "sqlite_log", "optimize"})
_SCHEMA_PRAGMAS = frozenset(
    (
        "data_version",  # full-text search asks for it
        "foreign_key_list",
        "index_info",
        "index_list",
        "index_xinfo",
        "page_size",  # so does its fourth version
        "table_info",
        "table_list",
        "table_xinfo",
    )
)


class Guard:
    """Watches one text on its way through SQLite: decides what it may do, and remembers what it was.

    Attributes:
        rule: The first rule that the text broke.
        statement: The text of its first statement, with comments and semicolons before it.
        rest: What follows the statement, which has not run.
        columns: Names of its result columns.
        started: Whether there is a statement at all.
        random: Whether it calls a function that never gives the same again.
        clock: Whether it calls a function of date and time, which may read the clock.
        view: Whether it does so in a view.
        only_checks: Set to stop every statement before its first step, also when it may run.
        explains: Set while SQLite is asked for the plan of a statement that was checked.
    """

    def __init__(self, deadline: float) -> None:
        """Start the watch; `deadline` is a time of the monotonic clock, in seconds."""
        self.deadline = deadline
        self.rule: str | None = None
        self.random = self.clock = self.view = False
        self.only_checks = self.explains = False
        self.watch("")

    def watch(self, sql: str) -> None:
        """Expect another text, or a part or another form of the same."""
        self.statement = self.rest = ""
        self.columns: list[str] = []
        self.started = False
        self._sql = sql
        self._position = 0
        self._selects = False

    def install(self, connection: apsw.Connection) -> None:
        """Make a connection ask this guard, and no other, from now on."""
        connection.authorizer = self._authorize
        connection.exec_trace = self._trace
        connection.set_progress_handler(self.expired, _STEPS)

    def expired(self) -> bool:
        """Whether the time is over."""
        return monotonic() > self.deadline

    def _authorize(self, action: int, first: str | None, second: str | None, _: str | None, inside: str | None) -> int:
        if action == apsw.SQLITE_READ:
            return apsw.SQLITE_OK
        if action in {apsw.SQLITE_SELECT, apsw.SQLITE_RECURSIVE}:
            self._selects = True
            return apsw.SQLITE_OK
        if action == apsw.SQLITE_FUNCTION and second not in _FORBIDDEN_FUNCTIONS:
            self.random = self.random or second in ALWAYS
            if second in CLOCK:
                self.clock = True
                self.view = self.view or inside is not None
            return apsw.SQLITE_OK
        if action == apsw.SQLITE_PRAGMA and self.started and first in _SCHEMA_PRAGMAS:
            return apsw.SQLITE_OK
        self.rule = self.rule or _RULES.get(action, "write")
        return apsw.SQLITE_DENY

    def _trace(self, cursor: apsw.Cursor, statement: str, _: object) -> bool:
        """Called when a statement has been prepared and before its first step; False stops it there."""
        self._position += len(statement)
        if not cursor.has_vdbe:  # nothing but comments and semicolons
            return True
        self.started = True
        self.statement = statement
        self.rest = self._sql[self._position :].strip()
        if cursor.is_explain and not self.explains:
            self.rule = "explain"
        elif not self._selects or not cursor.is_readonly:
            self.rule = "not_a_query"
        else:
            self.columns = [name[:_NAME_CHARS] for name, *_ in cursor.get_description()]
        return not (self.rule or self.rest or self.only_checks)
