"""Query plans through the sandbox: what SQLite would do with a text, which is checked as if it were to run, and does not."""

import sqlite3
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from text2sql_data.execution.limits import Limits
from text2sql_data.execution.outcome import Task
from text2sql_data.execution.pool import execute, explain

QUERIES = [
    "SELECT a FROM t WHERE a = 1",
    "SELECT b, count(*) FROM t GROUP BY b ORDER BY 2 DESC LIMIT 3",
    "SELECT x.a FROM t AS x JOIN t AS y ON x.b = y.b WHERE y.c > 2 UNION SELECT a FROM t",
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5) SELECT i FROM n",
    "SELECT * FROM v; -- a remark",
    "; -- first\n; SELECT a FROM t ORDER BY c",
    "SELECT 1",
]


def test_plans_are_those_of_sqlite(database: Path, tasks: Callable[[Iterable[str]], list[Task]]) -> None:
    """The lines are what EXPLAIN QUERY PLAN says about the statement, as far as both SQLite say the same of one table."""
    found = {explained.task.sql: explained for explained in explain(tasks(QUERIES), Limits(), processes=2)}
    assert [found[sql].status for sql in QUERIES] == ["ok"] * len(QUERIES)
    connection = sqlite3.connect(database)
    for sql in QUERIES[:2]:
        assert found[sql].steps == [row[-1] for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}")]
    connection.close()
    assert found[QUERIES[5]].steps == ["SCAN t", "USE TEMP B-TREE FOR ORDER BY"]


def test_a_plan_does_not_run_the_statement(tasks: Callable[[Iterable[str]], list[Task]]) -> None:
    """A statement that would never end has its plan at once."""
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
    (explained,) = explain(tasks([endless]), Limits(seconds=20), processes=1)
    assert (explained.status, explained.error) == ("ok", None)
    assert explained.steps


@pytest.mark.parametrize(
    ("sql", "status", "error"),
    [
        ("EXPLAIN SELECT a FROM t", "rejected", "not allowed: explain"),
        ("EXPLAIN QUERY PLAN SELECT a FROM t", "rejected", "not allowed: explain"),
        ("DELETE FROM t", "rejected", "not allowed: write"),
        ("SELECT a FROM t; DELETE FROM t", "rejected", "not allowed: multiple statements"),
        ("SELECT a FROM t; SELECT 1", "rejected", "not allowed: multiple statements"),
        ("PRAGMA user_version", "rejected", "not allowed: pragma"),
        ("ATTACH 'other' AS o", "rejected", "not allowed: attach"),
        ("SELECT load_extension('x')", "rejected", "not allowed: function"),
        ("SELECT 1\0", "rejected", "there is a NUL character in the text"),
        ("SELECT missing FROM t", "error", "no such column: missing"),
        ("-- nothing", "error", "there is no statement in the text"),
    ],
)
def test_refused_as_when_executed(sql: str, status: str, error: str, tasks: Callable[[Iterable[str]], list[Task]]) -> None:
    """A text that may not run has no plan, for the same reason in the same words."""
    (explained,) = explain(tasks([sql]), Limits(), processes=1)
    assert (explained.status, explained.steps, explained.error) == (status, None, error)
    (outcome,) = execute(tasks([sql]), Limits(), processes=1)
    assert (outcome.status, outcome.error) == (status, error)


def test_a_connection_is_used_again(tasks: Callable[[Iterable[str]], list[Task]]) -> None:
    """One worker keeps its database open: a refused text between two others changes nothing for them."""
    texts = ["SELECT a FROM t", "DELETE FROM t", "SELECT b FROM t", "EXPLAIN SELECT 1", "SELECT c FROM t"]
    statuses = {found.task.sql: found.status for found in explain(tasks(texts), Limits(), processes=1)}
    assert statuses == dict(zip(texts, ["ok", "rejected", "ok", "rejected", "ok"], strict=True))


def test_a_missing_database(tmp_path: Path) -> None:
    """A database that cannot be read is no plan, with the reason."""
    (explained,) = explain([Task("gone", str(tmp_path / "gone"), "", "SELECT 1")], Limits(), processes=1)
    assert (explained.status, explained.steps) == ("no_database", None)
    assert "does not exist" in (explained.error or "")
