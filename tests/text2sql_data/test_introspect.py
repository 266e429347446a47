"""Introspection: what it learns of a database, that it never writes, and that hostile or broken files cost little."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import apsw
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from text2sql_data.schema.introspect import Described, UnreadableDatabaseError, introspect, side_file

Make = Callable[..., Path]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Makes a database file out of statements."""

    def make_(*statements: str, name: str = "some.sqlite") -> Path:
        connection = apsw.Connection(str(tmp_path / name))
        for statement in statements:
            connection.execute(statement).fetchall()
        connection.close()
        return tmp_path / name

    return make_


def tables(path: Path) -> dict[str, Any]:
    """The tables of a schema by name, after a trip through JSON."""
    schema = json.loads(json.dumps(introspect(path), allow_nan=False))
    return {table["name"]: table for table in schema["tables"]}


def columns(table: dict[str, Any]) -> dict[str, Any]:
    """The columns of a table by name."""
    return {column["name"]: column for column in table["columns"]}


def test_columns_keys_and_counts(make: Make) -> None:
    """Types, NOT NULL, the order of a composite key, and row counts come from the file; SQLite's own tables do not."""
    path = make(
        "CREATE TABLE t (a INTEGER, b TEXT NOT NULL, c, PRIMARY KEY (c, a))",
        "INSERT INTO t VALUES (1, 'x', 2), (2, 'y', 2)",
        "CREATE TABLE counted (i INTEGER PRIMARY KEY AUTOINCREMENT)",
        "CREATE VIEW v AS SELECT a FROM t",
    )
    found = tables(path)
    assert list(found) == ["t", "counted", "v"]
    assert [(c["name"], c["type"], c["notnull"], c["pk"]) for c in found["t"]["columns"]] == [
        ("a", "INTEGER", False, 2),
        ("b", "TEXT", True, 0),
        ("c", "", False, 1),
    ]
    assert (found["t"]["n_rows"], found["counted"]["n_rows"], found["v"]["n_rows"]) == (2, 0, None)
    assert (found["t"]["type"], found["v"]["type"]) == ("table", "view")


def test_foreign_keys(make: Make) -> None:
    """Keys keep their order and take the parent's spelling; without a column list they mean its primary key."""
    path = make(
        "CREATE TABLE Parent (X, Y, PRIMARY KEY (Y, X))",
        """CREATE TABLE child (a REFERENCES parent (x), b, c REFERENCES parent, d REFERENCES nowhere (z),
            FOREIGN KEY (a, b) REFERENCES PARENT)""",
    )
    assert tables(path)["child"]["foreign_keys"] == [
        {"columns": ["a"], "table": "Parent", "to": ["X"]},
        {"columns": ["c"], "table": "Parent", "to": []},
        {"columns": ["d"], "table": "nowhere", "to": ["z"]},
        {"columns": ["a", "b"], "table": "Parent", "to": ["Y", "X"]},
    ]


def test_examples_are_json_values(make: Make) -> None:
    """Each storage class has a form in JSON: undecodable text, BLOBs and infinity too; NULL is no example."""
    path = make(
        "CREATE TABLE t (i, r, inf, s, bad, b, n)",
        f"INSERT INTO t VALUES (9007199254740993, 1.5, 9e999, '{'é' * 200}', CAST(x'ff41' AS TEXT), x'00ff', NULL)",
        "INSERT INTO t VALUES (9007199254740993, 1.5, 9e999, 'b', 'B', zeroblob(60), NULL)",
    )
    found = {name: column["examples"] for name, column in columns(tables(path)["t"]).items()}
    assert found == {
        "i": [9007199254740993],
        "r": [1.5],
        "inf": [{"real": "inf"}],
        "s": ["é" * 100, "b"],
        "bad": ["\ufffdA", "B"],
        "b": [{"blob": "00ff"}, {"blob": "00" * 50}],
        "n": [],
    }


def test_examples_stop_at_three_and_at_the_first_rows(make: Make) -> None:
    """Three distinct values are enough, and a value that only appears late is not searched for."""
    path = make(
        "CREATE TABLE t (many, late)",
        "WITH RECURSIVE r(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM r WHERE x < 5000) "
        "INSERT INTO t SELECT x % 7, iif(x = 4000, 'here', NULL) FROM r",
    )
    found = columns(tables(path)["t"])
    assert found["many"]["examples"] == [1, 2, 3]
    assert found["late"]["examples"] == []


def test_rows_of_a_huge_file_are_not_counted(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """Above the bound the number of rows is null; columns and examples are there all the same."""
    path = make("CREATE TABLE t (a)", "INSERT INTO t VALUES (1)")
    monkeypatch.setattr("text2sql_data.schema.introspect.COUNTED_BYTES", path.stat().st_size - 1)
    table = tables(path)["t"]
    assert table["n_rows"] is None
    assert columns(table)["a"]["examples"] == [1]


def test_utf16_database(make: Make) -> None:
    """Texts of a UTF-16 database are decoded as such."""
    path = make("PRAGMA encoding = 'UTF-16le'", "CREATE TABLE t (a)", "INSERT INTO t VALUES ('żółw')")
    assert introspect(path)["encoding"] == "UTF-16le"
    assert columns(tables(path)["t"])["a"]["examples"] == ["żółw"]


NAMES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=12).filter(
    lambda name: not name.lower().startswith("sqlite_")
)


@settings(deadline=None)
@given(table=NAMES, column=NAMES)
def test_any_name_survives(tmp_path_factory: pytest.TempPathFactory, table: str, column: str) -> None:
    """Quotes, spaces, reserved words and other alphabets in names come back as they went in."""
    connection = apsw.Connection(":memory:")
    quoted = [name.replace('"', '""') for name in (table, column)]
    connection.execute('CREATE TABLE "{}" ("{}")'.format(*quoted))
    connection.execute('INSERT INTO "{}" VALUES (42)'.format(*quoted))
    path = tmp_path_factory.getbasetemp() / "names.sqlite"
    path.write_bytes(connection.serialize("main"))
    connection.close()
    found = tables(path)
    assert list(found) == [table]
    assert found[table]["columns"] == [
        {
            "name": column,
            "type": "",
            "notnull": False,
            "pk": 0,
            "description": None,
            "value_description": None,
            "examples": [42],
        }
    ]


def test_odd_file_name(make: Make) -> None:
    """A file name with the characters that mean something in a URI is opened all the same."""
    assert list(tables(make("CREATE TABLE t (a)", name="a?b#c%20 é.sqlite"))) == ["t"]


def test_hostile_views_cost_little(make: Make) -> None:
    """An endless view, a view of a huge value and a view of nothing leave the other tables as they are."""
    path = make(
        "CREATE TABLE t (a)",
        "INSERT INTO t VALUES (1)",
        "CREATE VIEW endless AS WITH RECURSIVE r(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM r) SELECT max(x) m FROM r",
        "CREATE VIEW huge AS SELECT zeroblob(900000000) AS z",
        "CREATE VIEW broken AS SELECT * FROM absent",
        "CREATE VIEW fine AS SELECT a, a FROM t",
    )
    found = tables(path)
    assert found["t"]["n_rows"] == 1
    assert columns(found["endless"])["m"]["examples"] == []
    assert columns(found["huge"])["z"]["examples"] == []
    assert found["broken"]["columns"] == []
    assert "absent" in found["broken"]["error"]
    assert [column["examples"] for column in found["fine"]["columns"]] == [[1], [1]]


def test_virtual_and_generated(make: Make) -> None:
    """A virtual table is a table without its shadow tables and hidden columns; generated columns are columns."""
    path = make(
        "CREATE VIRTUAL TABLE f USING fts5(body)",
        "INSERT INTO f VALUES ('hello')",
        "CREATE TABLE g (a, b GENERATED ALWAYS AS (a * 2))",
        "INSERT INTO g (a) VALUES (3)",
        "PRAGMA writable_schema = ON",
        "INSERT INTO sqlite_schema VALUES ('table', 'u', 'u', 0, 'CREATE VIRTUAL TABLE u USING unknown_module(a)')",
    )
    found = tables(path)
    assert list(found) == ["f", "g", "u"]
    assert [(c["name"], c["examples"]) for c in found["f"]["columns"]] == [("body", ["hello"])]
    assert [(c["name"], c["examples"]) for c in found["g"]["columns"]] == [("a", [3]), ("b", [6])]
    assert "unknown_module" in found["u"]["error"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"hello world" * 1000, "not a database"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:00\n", "Git LFS pointer"),
    ],
)
def test_not_a_database(tmp_path: Path, content: bytes, words: str) -> None:
    """A file that is no database is refused in words that say what it is, and is left as it was."""
    path = tmp_path / "x.sqlite"
    path.write_bytes(content)
    with pytest.raises(UnreadableDatabaseError, match=words):
        introspect(path)
    assert path.read_bytes() == content


def test_missing_file_and_folder(tmp_path: Path) -> None:
    """A missing file and a folder are refused; no file is created."""
    for path in (tmp_path / "missing.sqlite", tmp_path):
        with pytest.raises(UnreadableDatabaseError, match="cannot be read"):
            introspect(path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("damage", ["cut in half", "one page overwritten"])
def test_corrupt_file(make: Make, damage: str) -> None:
    """A cut file and a table whose first pages are overwritten are refused, not half read."""
    path = make(
        "CREATE TABLE t (a)",
        "WITH RECURSIVE r(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM r WHERE x < 5000) "
        "INSERT INTO t SELECT printf('%100d', x) FROM r",
    )
    content = bytearray(path.read_bytes())
    if damage == "cut in half":
        content = content[: len(content) // 2]
    else:
        content[8192:12288] = b"\xff" * 4096
    path.write_bytes(content)
    with pytest.raises(UnreadableDatabaseError, match="malformed"):
        introspect(path)


def test_nothing_is_written(make: Make, tmp_path: Path) -> None:
    """A database in WAL mode is read without a log, a lock or any other file beside it."""
    path = make("PRAGMA journal_mode = WAL", "CREATE TABLE t (a)", "INSERT INTO t VALUES (1)")
    before = path.read_bytes()
    path.chmod(0o444)
    assert side_file(path) is None
    assert tables(path)["t"]["n_rows"] == 1
    assert [file.name for file in tmp_path.iterdir()] == ["some.sqlite"]
    assert path.read_bytes() == before


def test_log_beside_the_file_is_seen(tmp_path: Path) -> None:
    """While a write-ahead log holds rows that the file lacks, they are seen, and the log is reported."""
    path = tmp_path / "live.sqlite"
    connection = apsw.Connection(str(path))
    for statement in ("PRAGMA journal_mode = WAL", "CREATE TABLE t (a)", "INSERT INTO t VALUES (1), (2)"):
        connection.execute(statement).fetchall()
    try:
        assert side_file(path) == path.resolve().with_name("live.sqlite-wal")
        assert tables(path)["t"]["n_rows"] == 2
    finally:
        connection.close()


def test_descriptions_are_attached(make: Make) -> None:
    """Descriptions find their column whatever the case of the names; others stay null."""
    path = make("CREATE TABLE Hero (Id, Name)")
    schema = introspect(path, {("hero", "id"): Described("the id", None), ("hero", "gone"): Described("x", "y")})
    found = json.loads(json.dumps(schema))["tables"][0]["columns"]
    assert [(c["description"], c["value_description"]) for c in found] == [("the id", None), (None, None)]


def test_spider_databases(real_data: Path) -> None:
    """All 166 databases of Spider are read, with every table of each."""
    paths = sorted((real_data / "spider/database").glob("*/*.sqlite"))
    assert len(paths) == 166
    n_tables = 0
    for path in paths:
        found = tables(path)
        n_tables += len(found)
        assert not [table for table in found.values() if "error" in table]
    assert n_tables == 873
    singer = tables(real_data / "spider/database/concert_singer/concert_singer.sqlite")["singer_in_concert"]
    assert singer["foreign_keys"] == [
        {"columns": ["Singer_ID"], "table": "singer", "to": ["Singer_ID"]},
        {"columns": ["concert_ID"], "table": "concert", "to": ["concert_ID"]},
    ]
