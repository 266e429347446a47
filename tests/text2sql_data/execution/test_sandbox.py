"""One statement in this process: results as a stock SQLite gives them, bounds, what is volatile, and what is no database."""

import os
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from text2sql_data.execution import sandbox
from text2sql_data.execution.limits import Limits, engine, settings_id
from text2sql_data.execution.outcome import Outcome, Undecodable
from text2sql_data.execution.preview import decode_preview
from text2sql_data.execution.sandbox import DatabaseUnreadableError, open_database

Run = Callable[..., Outcome]


@pytest.mark.parametrize(
    "sql",
    [
        'SELECT "no such column", a FROM t WHERE b = "text 1" ORDER BY a',
        "SELECT b, sum(c), avg(c), group_concat(a, '|') FROM t GROUP BY b ORDER BY 1 LIMIT 3 OFFSET 1",
        "SELECT a, row_number() OVER (PARTITION BY b ORDER BY c DESC), lag(c) OVER (ORDER BY a) FROM t ORDER BY a LIMIT 9",
        "SELECT json_extract('{\"x\": [1, 2.5]}', '$.x[1]'), json_array(1, 'a', NULL)",
        "SELECT sqrt(2), pow(2, 0.5), log(10), mod(7, 3), 7 / 2, 7 % -3, 1 / 0, 'abc' + 1, '12' < 3",
        "SELECT date('2024-02-29', '+1 year'), strftime('%Y', '2020-05-05'), julianday('2000-01-01')",
        "SELECT 9223372036854775807 + 1, 1e999, -1e999, 0.1 + 0.2, 1e16, 100.0, CAST('12abc' AS INTEGER), x'00ff', NULL",
        "SELECT DISTINCT b COLLATE NOCASE FROM t WHERE b LIKE 'TEXT%' AND b GLOB 'text*' ORDER BY 1",
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5) SELECT i, i * i FROM n",
        "SELECT a AS x, a AS x, count(*) FROM t",
        "SELECT * FROM v ORDER BY n, b",
        "SELECT a FROM t WHERE a > 1000",
    ],
)
def test_as_python_sqlite3(sql: str, database: Path, run: Run) -> None:
    """Values, types, order and names are those of the sqlite3 module, as evaluation scripts see them."""
    connection = sqlite3.connect(database)
    cursor = connection.execute(sql)
    expected = cursor.fetchall()
    outcome = run(sql, Limits(preview_rows=1_000))
    assert outcome.status == "ok", outcome.error
    assert outcome.preview is not None
    assert repr([tuple(row) for row in decode_preview(outcome.preview)]) == repr(expected)
    assert outcome.n_rows == len(expected)
    assert outcome.columns == [name for name, *_ in cursor.description]
    connection.close()


def test_preview_is_the_start(run: Run) -> None:
    """The preview has the first rows, cells cut, while everything else is of the whole result."""
    outcome = run("SELECT a, 'long text' FROM t ORDER BY a", Limits(preview_rows=2, preview_cell_chars=4))
    assert outcome.preview == '[[0,{"cut":"long","length":9}],[1,{"cut":"long","length":9}]]'
    assert outcome.n_rows == 100


def test_limits_are_inclusive(run: Run) -> None:
    """A result of exactly as many rows as allowed is one; the next row is too much, and then nothing of it is told."""
    assert run("SELECT a FROM t", Limits(max_rows=100)).status == "ok"
    outcome = run("SELECT a FROM t", Limits(max_rows=99))
    assert (outcome.status, outcome.error_class, outcome.columns) == ("memory", "rows", ["a"])
    assert outcome.n_rows is outcome.preview is outcome.set_digest is None


@pytest.mark.parametrize(
    ("sql", "volatile"),
    [
        ("SELECT random()", True),
        ("SELECT a FROM t ORDER BY random() LIMIT 1", True),
        ("SELECT hex(randomblob(4))", True),
        ("SELECT CURRENT_DATE", True),
        ("SELECT current_timestamp > '2000-01-01'", True),
        ("SELECT date('now', '-1 year')", True),
        ('SELECT date("now")', True),
        ("SELECT strftime('%Y', 'NOW') - 1990", True),
        ("SELECT strftime('%Y')", True),
        ("SELECT datetime()", True),
        ("SELECT julianday( /* today */ )", True),
        ("SELECT unixepoch('subsec')", True),
        ("SELECT timediff('2000-01-01', 'now')", True),
        ("SELECT count(*) FROM t WHERE b < (SELECT date('now'))", True),
        ("SELECT d FROM today", True),
        ("SELECT strftime('%Y', b) FROM t", False),
        ("SELECT strftime('%Y', substr(b, 1, 10)) FROM t", False),
        ("SELECT date(b), datetime(b, '+1 day'), julianday(b) - julianday('2000-01-01') FROM t", False),
        ("SELECT date FROM (SELECT b AS date FROM t)", False),
        ("SELECT 'now', 'random()' -- date('now')", False),
        ("SELECT b FROM t WHERE b = 'now'", False),
        ("SELECT * FROM v", False),
    ],
)
def test_volatile(sql: str, volatile: bool, run: Run) -> None:
    """Reading the clock or chance is noticed, through views too; handling stored dates is not mistaken for it."""
    outcome = run(sql)
    assert outcome.status == "ok", outcome.error
    assert outcome.volatile is volatile


@pytest.fixture
def broken_text(tmp_path: Path) -> Path:
    """A database with TEXT that is not UTF-8."""
    path = tmp_path / "broken.sqlite"
    connection = sqlite3.connect(path)
    with connection:
        connection.execute("CREATE TABLE r(id INTEGER, name TEXT, weight REAL, raw BLOB)")
        for row in ((3, "Ann", 1.0, b"a"), (1, None, 2.5, None), (2, "Zoé", 3.0, b"\xe9")):
            connection.execute("INSERT INTO r VALUES (?, ?, ?, ?)", row)
        connection.execute("INSERT INTO r VALUES (4, CAST(x'436166e9' AS TEXT), 1.0, x'436166e9')")
    connection.close()
    return path


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT name, id, weight, raw FROM r ORDER BY id DESC",
        "SELECT name, id, weight, raw FROM r ORDER BY id DESC; -- a remark",
        "; SELECT name, id, weight, raw FROM r ORDER BY id DESC -- a remark",
        "WITH r2 AS (SELECT * FROM r) SELECT name, id, weight, raw FROM r2 ORDER BY id DESC",
        "SELECT name, id, weight, raw FROM r WHERE id > 2 UNION ALL SELECT * FROM r2 ORDER BY 2 DESC".replace(
            "r2", "(SELECT name, id, weight, raw FROM r WHERE id <= 2)"
        ),
    ],
)
def test_undecodable(sql: str, broken_text: Path, run: Run) -> None:
    """TEXT that is not UTF-8 is kept as its bytes, apart from a BLOB of the same bytes, in the order of the statement."""
    outcome = run(sql, path=broken_text)
    assert (outcome.status, outcome.undecodable, outcome.columns) == ("ok", True, ["name", "id", "weight", "raw"])
    assert outcome.preview is not None
    assert decode_preview(outcome.preview) == [
        [Undecodable(b"Caf\xe9"), 4, 1.0, b"Caf\xe9"],
        ["Ann", 3, 1.0, b"a"],
        ["Zoé", 2, 3.0, b"\xe9"],
        [None, 1, 2.5, None],
    ]
    fetched = sandbox.fetch(str(broken_text), sql, Limits())
    assert fetched.rows[0] == (Undecodable(b"Caf\xe9"), 4, 1.0, b"Caf\xe9")


def test_undecodable_only_where_it_is(broken_text: Path, run: Run) -> None:
    """Rows without broken TEXT have the same digests in a result that was read as bytes as in one that was not."""
    whole = run(
        "SELECT name FROM r WHERE id <> 4 UNION ALL SELECT * FROM (SELECT name FROM r WHERE id = 4 LIMIT 0)", path=broken_text
    )
    by_bytes = run("SELECT name FROM (SELECT name, id FROM r ORDER BY id = 4 DESC) LIMIT 3 OFFSET 1", path=broken_text)
    assert (whole.undecodable, by_bytes.undecodable) == (False, False)
    assert whole.bag_digest == by_bytes.bag_digest
    broken = run("SELECT name FROM r", path=broken_text)
    assert broken.undecodable
    assert broken.set_digest not in {whole.set_digest, run("SELECT raw FROM r", path=broken_text).set_digest}


def test_undecodable_utf16(tmp_path: Path, run: Run) -> None:
    """In a UTF-16 database, TEXT that cannot be decoded does not spoil the rest."""
    path = tmp_path / "utf16.sqlite"
    connection = sqlite3.connect(path)
    with connection:
        connection.execute("PRAGMA encoding = 'UTF-16le'")
        connection.execute("CREATE TABLE r(name TEXT)")
        connection.execute("INSERT INTO r VALUES ('é'), (CAST(x'00d8' AS TEXT)), ('ab')")
    connection.close()
    outcome = run("SELECT name FROM r ORDER BY rowid", path=path)
    assert (outcome.status, outcome.undecodable) == ("ok", True)
    assert outcome.preview is not None
    assert decode_preview(outcome.preview) == [["é"], [Undecodable(b"\x00\xd8")], ["ab"]]


def test_undecodable_column_name(tmp_path: Path, run: Run) -> None:
    """A table whose column names are not UTF-8 is no fault of the statement that reads it."""
    path = tmp_path / "names.sqlite"
    connection = sqlite3.connect(path)
    with connection:
        connection.execute("CREATE TABLE r(abc TEXT)")
        connection.execute("INSERT INTO r VALUES ('x')")
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute("UPDATE sqlite_schema SET sql = CAST(replace(sql, 'abc', CAST(x'61e962' AS TEXT)) AS TEXT)")
    connection.close()
    outcome = run("SELECT * FROM r", path=path)
    assert outcome.status == "no_database"
    assert "not valid UTF-8" in str(outcome.error)
    assert run("SELECT count(*) FROM r", path=path).preview == "[[1]]"


def make(path: Path, kind: str) -> Path:
    """A path at which there is no database that can be read."""
    if kind == "empty":
        path.touch()
    elif kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "text":
        path.write_text("this is not a database, but it is long enough to be taken for one " * 50)
    elif kind == "hot journal":
        connection = sqlite3.connect(path, isolation_level=None)
        connection.executescript("CREATE TABLE t(a); PRAGMA cache_size = 1; BEGIN")
        connection.executemany("INSERT INTO t VALUES (?)", [("x" * 500,)] * 1_000)
        copy = path.with_name("copy.sqlite")
        for suffix in ("", "-journal"):
            shutil.copy(f"{path}{suffix}", f"{copy}{suffix}")
        connection.close()
        return copy
    elif kind == "orphaned wal":
        connection = sqlite3.connect(path)
        connection.executescript("PRAGMA journal_mode = WAL; CREATE TABLE t(a)")
        copy = path.with_name("copy.sqlite")
        for suffix in ("", "-wal"):
            shutil.copy(f"{path}{suffix}", f"{copy}{suffix}")
        connection.close()
        return copy
    return path


KINDS = ["missing", "empty", "folder", "pipe", "text", "hot journal", "orphaned wal"]


@pytest.mark.parametrize("kind", KINDS)
def test_no_database(kind: str, tmp_path: Path) -> None:
    """What cannot be read as a database is said to be none, with the path, and is left as it was."""
    path = make(tmp_path / "d.sqlite", kind)
    before = sorted(tmp_path.iterdir())
    with pytest.raises(DatabaseUnreadableError, match=path.name):
        open_database(str(path))
    assert sorted(tmp_path.iterdir()) == before


def test_damaged_database(tmp_path: Path, run: Run) -> None:
    """A database that is damaged further inside is no database, and its statement is not blamed."""
    path = tmp_path / "damaged.sqlite"
    connection = sqlite3.connect(path)
    with connection:
        connection.execute("CREATE TABLE t(a)")
        connection.executemany("INSERT INTO t VALUES (?)", [("x" * 500,)] * 100)
    connection.close()
    content = path.read_bytes()
    path.write_bytes(content[:4096] + b"\xab" * (len(content) - 4096))
    outcome = run("SELECT a FROM t", path=path)
    assert outcome.status == "no_database"
    assert outcome.error


def test_live_wal_database(tmp_path: Path, run: Run) -> None:
    """A database with a live write-ahead log is read with what was committed, and no file is added or changed."""
    path = tmp_path / "a b%3f#?.sqlite"
    writer = sqlite3.connect(path)
    writer.executescript("PRAGMA journal_mode = WAL; CREATE TABLE t(a); INSERT INTO t VALUES (7)")
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir() if not file.name.endswith("-shm")}
    outcome = run("SELECT a FROM t", path=path)
    assert (outcome.status, outcome.preview) == ("ok", "[[7]]")
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir() if not file.name.endswith("-shm")} == before
    writer.close()
    outcome = run("SELECT a FROM t", path=path)
    assert (outcome.status, outcome.preview) == ("ok", "[[7]]")
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


def test_connection_survives(database: Path) -> None:
    """After any outcome the same connection executes the next text as if nothing had been."""
    connection = open_database(str(database))
    expected = sandbox.run(connection, "SELECT a, b FROM t ORDER BY a", Limits())
    for sql in (
        "DROP TABLE t",
        "SELECT 1; SELECT 2",
        "SELECT nonsense",
        "SELECT a FROM t, t",
        "",
        "EXPLAIN SELECT 1",
        "SELECT zeroblob(99999999)",
    ):
        assert sandbox.run(connection, sql, Limits()).status != "ok"
        again = sandbox.run(connection, "SELECT a, b FROM t ORDER BY a", Limits())
        again.elapsed_ms = expected.elapsed_ms
        assert again == expected
    assert sandbox.run(connection, "SELECT count(*) FROM t t1, t t2, t t3, t t4", Limits(seconds=0.01)).status == "timeout"
    assert sandbox.run(connection, "SELECT a FROM t", Limits()).status == "ok"
    connection.close()


@pytest.mark.parametrize(
    "wrong",
    [
        {"seconds": 0},
        {"seconds": float("nan")},
        {"heap_mb": 1},
        {"max_rows": 0},
        {"preview_rows": -1},
        {"max_cell_bytes": 2 * 10**9},
    ],
)
def test_limits_are_checked(wrong: dict[str, float]) -> None:
    """A limit that cannot be kept is refused by name, with what would do."""
    with pytest.raises(ValueError, match=next(iter(wrong))) as caught:
        Limits(**wrong)  # type: ignore[arg-type]
    assert getattr(caught.value, "hint", "").startswith("Give")


def test_settings() -> None:
    """Engine and every limit make up the identity of the settings."""
    assert engine().startswith("sqlite 3.")
    ids = {settings_id(Limits()), settings_id(Limits(seconds=31)), settings_id(Limits(preview_rows=11))}
    assert len(ids) == 3
    assert settings_id(Limits(seconds=30)) == settings_id(Limits(seconds=30.0))


def test_default_outcome_is_complete(run: Run) -> None:
    """A successful outcome has every field but the error's."""
    outcome = run("SELECT a, b FROM t")
    empty = {name for name in Outcome.__slots__ if getattr(outcome, name) is None}
    assert empty == {"error_class", "error"}
