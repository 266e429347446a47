"""A small database of each kind that the sandbox must cope with, and shorthands to run SQL on it."""

import sqlite3
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from text2sql_data.execution import sandbox
from text2sql_data.execution.limits import Limits
from text2sql_data.execution.outcome import Outcome, Task

Run = Callable[..., Outcome]


@pytest.fixture(scope="session")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with a table of 100 rows and a view, alone in its folder."""
    path = tmp_path_factory.mktemp("database") / "small.sqlite"
    connection = sqlite3.connect(path)
    with connection:
        connection.execute("CREATE TABLE t(a INTEGER PRIMARY KEY, b TEXT, c REAL)")
        connection.executemany("INSERT INTO t VALUES (?, ?, ?)", [(i, f"text {i % 7}", i / 4) for i in range(100)])
        connection.execute("CREATE INDEX i ON t(b)")
        connection.execute("CREATE VIEW v AS SELECT b, count(*) AS n FROM t GROUP BY b")
        connection.execute("CREATE VIEW today AS SELECT a, date('now') AS d FROM t")
    connection.close()
    return path


@pytest.fixture
def run(database: Path) -> Run:
    """Runs SQL in this process on the small database, or on another one."""

    def run_here(sql: str, limits: Limits | None = None, path: Path = database) -> Outcome:
        connection = sandbox.open_database(str(path))
        try:
            return sandbox.run(connection, sql, limits or Limits())
        finally:
            connection.close()

    return run_here


@pytest.fixture
def tasks(database: Path) -> Callable[[Iterable[str]], list[Task]]:
    """Makes tasks on the small database, with the position of the SQL as its identity."""

    def make(texts: Iterable[str]) -> list[Task]:
        return [Task("small", str(database), str(index), sql) for index, sql in enumerate(texts)]

    return make
