"""Database files that were made to harm: they are read or refused, in bounded time, and nothing is written, run or taken down."""

import hashlib
import json
import os
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from text2sql_data.benchmarks import read
from text2sql_data.execution.limits import Limits
from text2sql_data.execution.outcome import Outcome, Task
from text2sql_data.execution.pool import execute
from text2sql_data.schema import confined
from text2sql_data.schema.introspect import UnreadableDatabaseError, introspect

STUCK = "instr(hex(zeroblob(4900000)), hex(zeroblob(2000000)) || '1')"  # one call that takes hours and cannot be interrupted
LIMITS = Limits(seconds=0.5, heap_mb=64, max_result_bytes=20_000_000)
QUERIES = ("SELECT * FROM t", "SELECT count(*) FROM t", "SELECT * FROM v", "SELECT * FROM g", "SELECT * FROM f", "SELECT 1")
WRITES = ("INSERT INTO v VALUES (1)", "INSERT INTO t VALUES (1, 2)", "DELETE FROM t")


def made(path: Path, *statements: str) -> Path:
    """A database made by some statements, with a table t of a few rows first."""
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE t(a, b)")
    connection.executemany("INSERT INTO t VALUES (?, ?)", [(number, f"row {number}") for number in range(30)])
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()
    return path


def with_schema(path: Path, *entries: tuple[str, str, str, int, str]) -> Path:
    """A database whose schema table was written to by hand."""
    made(path)
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA writable_schema = ON")
    connection.executemany("INSERT INTO sqlite_master VALUES (?, ?, ?, ?, ?)", entries)
    connection.commit()
    connection.close()
    return path


def bad_page(path: Path) -> Path:
    """A database with a page of noise."""
    made(path, "CREATE TABLE g AS SELECT randomblob(200) AS x FROM t, t AS u")
    raw = bytearray(path.read_bytes())
    raw[4096:8192] = os.urandom(4096)
    path.write_bytes(raw)
    return path


def loop(path: Path) -> Path:
    """A database with a page that is its own child."""
    made(path, "CREATE TABLE g AS SELECT a.a, b.b FROM t AS a, t AS b, t AS c")
    connection = sqlite3.connect(path)
    ((root,),) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'g'")
    ((size,),) = connection.execute("PRAGMA page_size")
    connection.close()
    raw = bytearray(path.read_bytes())
    start = (root - 1) * size
    raw[start + 8 : start + 12] = root.to_bytes(4, "big")  # the right child of the root
    path.write_bytes(raw)
    return path


HOSTILE: dict[str, Callable[[Path], Path]] = {
    "view without end": lambda path: made(
        path, "CREATE VIEW v AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT * FROM n ORDER BY i DESC"
    ),
    "view that does not come back": lambda path: made(path, f"CREATE VIEW v AS SELECT {STUCK} FROM t"),
    "view of much memory": lambda path: made(
        path, "CREATE VIEW v AS SELECT " + ", ".join(f"length(randomblob(60000000)) AS c{n}" for n in range(50)) + " FROM t"
    ),
    "view of itself": lambda path: made(path, "CREATE VIEW v AS SELECT * FROM w", "CREATE VIEW w AS SELECT * FROM v"),
    "view that loads": lambda path: made(path, "CREATE VIEW v AS SELECT load_extension('x')"),
    "view with a pragma": lambda path: made(path, "CREATE VIEW v AS SELECT * FROM pragma_database_list"),
    "column that does not come back": lambda path: with_schema(
        path, ("table", "g", "g", 2, f"CREATE TABLE g(a, b AS ({STUCK}))")
    ),
    "column that writes": lambda path: with_schema(
        path, ("table", "g", "g", 2, "CREATE TABLE g(a, b AS (fts3_tokenizer('x', x'4141414141414141')))")
    ),
    "trigger": lambda path: made(
        path, "CREATE VIEW v AS SELECT 1", "CREATE TRIGGER r INSTEAD OF INSERT ON v BEGIN DELETE FROM t; END"
    ),
    "two tables on one page": lambda path: with_schema(path, ("table", "g", "g", 2, "CREATE TABLE g(x INTEGER PRIMARY KEY, y)")),
    "no such page": lambda path: with_schema(path, ("table", "g", "g", 99_999, "CREATE TABLE g(x)")),
    "schema that is no SQL": lambda path: with_schema(path, ("table", "g", "g", 2, "CREATE TABLE g(x); DROP TABLE t; --")),
    "virtual table of a missing module": lambda path: with_schema(
        path, ("table", "f", "f", 0, "CREATE VIRTUAL TABLE f USING writefile('/tmp/x')")
    ),
    "virtual table of another file": lambda path: with_schema(
        path, ("table", "f", "f", 0, "CREATE VIRTUAL TABLE f USING csv(filename='/etc/passwd')")
    ),
    "full-text search over rubbish": lambda path: made(
        path,
        "CREATE VIRTUAL TABLE f USING fts5(x)",
        "INSERT INTO f VALUES ('some words')",
        "UPDATE f_data SET block = randomblob(500)",
    ),
    "tree over rubbish": lambda path: made(
        path,
        "CREATE VIRTUAL TABLE f USING rtree(id, x0, x1)",
        "INSERT INTO f VALUES (1, 0, 1)",
        "UPDATE f_node SET data = x'ffff' || randomblob(200)",
    ),
    "names of markup": lambda path: made(path, 'CREATE TABLE "g""; DROP TABLE t; --" (x)', 'CREATE TABLE "<script>" ("\x1b[2J")'),
    "noise": bad_page,
    "loop": loop,
}


ENDLESS = ("view that does not come back", "view of much memory", "column that does not come back")


REFUSED = {
    "view that loads": "SELECT * FROM v",
    "column that writes": "SELECT * FROM g",
    "virtual table of a missing module": "SELECT * FROM f",
    "virtual table of another file": "SELECT * FROM f",
}
"""What must not give a row."""


def look(path: Path) -> str:
    """What comes of reading a schema, whatever it is: `read`, or the reason."""
    try:
        confined.introspect(path, seconds=1.0)
    except UnreadableDatabaseError as error:
        return str(error)
    return "read"


def run(path: Path) -> list[Outcome]:
    """What comes of the usual queries, in confined workers."""
    return list(execute([Task("hostile", str(path), sql, sql) for sql in (*QUERIES, *WRITES)], LIMITS, processes=2))


@pytest.mark.parametrize("name", [name for name in HOSTILE if name not in ENDLESS])
def test_a_hostile_file(name: str, tmp_path: Path) -> None:
    """It is read or refused with a reason; each query has an outcome, none if it reaches out; the folder is as it was."""
    path = HOSTILE[name](tmp_path / "hostile.sqlite")
    before = {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in tmp_path.iterdir()}
    look(path)
    outcomes = {outcome.sql: outcome for outcome in run(path)}
    assert outcomes.keys() == {*QUERIES, *WRITES}
    assert all(outcomes[sql].status != "ok" for sql in WRITES)
    if name in REFUSED:
        assert outcomes[REFUSED[name]].status != "ok"
    assert {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in tmp_path.iterdir()} == before


@pytest.mark.parametrize("name", [ENDLESS[0], *(pytest.param(name, marks=pytest.mark.slow) for name in ENDLESS[1:])])
def test_what_does_not_come_back(name: str, tmp_path: Path) -> None:
    """A function that no clock of SQLite stops costs its process, and the file is refused with the reason."""
    path = HOSTILE[name](tmp_path / "hostile.sqlite")
    assert "takes more than 1 s to be read" in look(path)
    outcomes = {outcome.sql: outcome.status for outcome in run(path)}
    stuck = "SELECT * FROM g" if "column" in name else "SELECT * FROM v"
    assert outcomes[stuck] in {"timeout", "memory"}
    assert outcomes["SELECT * FROM t"] == outcomes["SELECT 1"] == "ok"


def test_a_benchmark_with_one(tmp_path: Path) -> None:
    """A benchmark is added all the same: the hostile database is a row with its reason, the others are read."""
    for db_id in ("good", "bad"):
        (tmp_path / "database" / db_id).mkdir(parents=True)
    made(tmp_path / "database/good/good.sqlite")
    bad_page(tmp_path / "database/bad/bad.sqlite")
    questions = [{"question": "?", "query": "SELECT 1", "db_id": db_id} for db_id in ("good", "bad")]
    (tmp_path / "dev.json").write_text(json.dumps(questions))
    found = {database.db_id: database for database in read(tmp_path / "dev.json").databases}
    assert found["good"].schema is not None
    assert found["bad"].reason is None or "unreadable" in found["bad"].reason


def test_the_same_as_in_this_process(tmp_path: Path) -> None:
    """A sound file gives the same schema in a process of its own, and the same error where it is none."""
    path = made(tmp_path / "d\u00e9 '.sqlite", "CREATE VIEW v AS SELECT count(*) AS n FROM t", "CREATE TABLE g(x BLOB, y REAL)")
    assert confined.introspect(path) == introspect(path)
    (tmp_path / "no.sqlite").write_bytes(b"no database at all" * 100)
    for wrong in (tmp_path / "no.sqlite", tmp_path / "absent.sqlite"):
        with pytest.raises(UnreadableDatabaseError) as here:
            introspect(wrong)
        with pytest.raises(UnreadableDatabaseError) as there:
            confined.introspect(wrong)
        assert (str(here.value), here.value.hint) == (str(there.value), there.value.hint)


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 40_000), st.binary(min_size=1, max_size=8)), min_size=1, max_size=8))
def test_any_bytes_changed(tmp_path_factory: pytest.TempPathFactory, changes: list[tuple[int, bytes]]) -> None:
    """With bytes changed anywhere in the file, it is read or refused, and each query has an outcome."""
    folder = tmp_path_factory.mktemp("changed")
    path = made(
        folder / "hostile.sqlite",
        "CREATE VIRTUAL TABLE f USING fts5(x)",
        "INSERT INTO f SELECT b FROM t",
        "CREATE INDEX i ON t(b)",
        "CREATE VIEW v AS SELECT b, count(*) FROM t GROUP BY b",
        "CREATE TABLE g(a, b AS (a || 'x'))",
    )
    raw = bytearray(path.read_bytes())
    for place, content in changes:
        raw[place % len(raw) : place % len(raw) + len(content)] = content
    path.write_bytes(raw)
    before = bytes(raw)
    look(path)
    assert {outcome.sql for outcome in run(path)} == {*QUERIES, *WRITES}
    assert path.read_bytes()[: len(before)] == before
    assert [file.name for file in folder.iterdir()] == ["hostile.sqlite"]
