"""Databases: where they are looked for, what is said of one that cannot be used, and what is worth a note."""

import hashlib
import json
from pathlib import Path

import apsw
import pytest

from store.errors import StoreError
from text2sql_data.benchmarks import Benchmark, Note, read

TABLES = {
    "db_id": "gone",
    "table_names_original": ["Account", "Owner"],
    "column_names_original": [[-1, "*"], [0, "id"], [0, "owner"], [1, "a"], [1, "b"]],
    "column_types": ["text", "number", "text", "text", "text"],
    "primary_keys": [1, [3, 4]],
    "foreign_keys": [[2, 3]],
}


def make(path: Path, table: str = "t") -> Path:
    """Makes a database with one table."""
    path.parent.mkdir(parents=True, exist_ok=True)
    connection = apsw.Connection(str(path))
    connection.execute(f"CREATE TABLE {table} (id)")
    connection.close()
    return path


def ask(file: Path, *db_ids: str, **more: str) -> Path:
    """Writes a question file with a question on each of the databases."""
    items = [{"question": f"{n}?", "query": "SELECT 1", "db_id": db_id, **more} for n, db_id in enumerate(db_ids)]
    file.write_text(json.dumps(items), encoding="utf-8")
    return file


def table_names(benchmark: Benchmark) -> list[str]:
    """The name of the first table of each database."""
    schemas = json.loads(json.dumps([database.schema for database in benchmark.databases]))
    return [schema["tables"][0]["name"] for schema in schemas]


@pytest.mark.parametrize("place", ["d/d.sqlite", "d.sqlite", "d/d.db", "d.db", "d/d.sqlite3", "d.sqlite3"])
@pytest.mark.parametrize("folder", ["database", "databases", "dev_databases", "."])
def test_places(tmp_path: Path, folder: str, place: str) -> None:
    """A database is found in each usual folder, in a folder of its own or not, and is fingerprinted."""
    path = make(tmp_path / folder / place)
    (found,) = read(ask(tmp_path / "dev.json", "d")).databases
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    assert (found.path, found.sha256, found.database, found.reason) == (str(path), digest, digest[:32], None)
    assert (found.bytes, found.mtime_ns) == (path.stat().st_size, path.stat().st_mtime_ns)


def test_folder_that_is_told(tmp_path: Path) -> None:
    """Only the folder that is told is searched; one that does not exist is an error."""
    make(tmp_path / "database/d.sqlite")
    make(tmp_path / "elsewhere/e.sqlite")
    file = ask(tmp_path / "dev.json", "d", "e")
    assert [database.reason is None for database in read(file, databases=tmp_path / "elsewhere").databases] == [
        False,
        True,
    ]
    with pytest.raises(StoreError, match="there is no folder"):
        read(file, databases=tmp_path / "absent")


def test_splits_are_not_mixed(tmp_path: Path) -> None:
    """Each split takes its own folder; the plain one serves the rest; another split's serves only when it is alone."""
    make(tmp_path / "test_database/d.sqlite", "of_test")
    assert table_names(read(ask(tmp_path / "dev.json", "d"))) == ["of_test"]
    make(tmp_path / "database/d.sqlite", "plain")
    assert table_names(read(ask(tmp_path / "dev.json", "d"))) == ["plain"]
    assert table_names(read(ask(tmp_path / "test.json", "d"))) == ["of_test"]


def test_path_of_the_question_wins(tmp_path: Path) -> None:
    """A path in the entry, relative to the file, wins; where it is not there the usual places serve, with a note."""
    make(tmp_path / "database/d.sqlite", "usual")
    make(tmp_path / "own/d.sqlite", "own")
    assert table_names(read(ask(tmp_path / "dev.json", "d", db_path="own/d.sqlite"))) == ["own"]
    benchmark = read(ask(tmp_path / "dev.json", "d", db_path="/not/here/d.sqlite"))
    assert table_names(benchmark) == ["usual"]
    assert [(note.kind, note.count) for note in benchmark.notes] == [("database_found_elsewhere", 1)]


@pytest.mark.parametrize("climbs", [True, False])
def test_a_path_that_leads_out(tmp_path: Path, climbs: bool) -> None:
    """A path to a database elsewhere is refused, absolute or with .., unless the folder that holds it was given."""
    private = make(tmp_path / "home/private.sqlite", "secrets")
    (tmp_path / "down").mkdir()
    path = "../home/private.sqlite" if climbs else str(private)
    file = ask(tmp_path / "down/dev.json", "d", db_path=path)
    with pytest.raises(StoreError, match="outside of its folder") as caught:
        read(file)
    assert "--databases" in caught.value.hint
    assert table_names(read(file, databases=tmp_path / "home")) == ["secrets"]


def test_one_name_for_two_files(tmp_path: Path) -> None:
    """Two paths under one db_id are refused: which one a question means could not be told later."""
    items = [{"question": "?", "db_path": f"{n}/data.sqlite"} for n in range(2)]
    (tmp_path / "q.json").write_text(json.dumps(items), encoding="utf-8")
    with pytest.raises(StoreError, match="question 1 gives"):
        read(tmp_path / "q.json")


def test_only_databases_that_are_asked_for(tmp_path: Path) -> None:
    """Databases that no question names are not read, and progress counts those that are."""
    for name in ("a", "b", "c"):
        make(tmp_path / "database" / f"{name}.sqlite")
    seen: list[tuple[int, int]] = []
    benchmark = read(ask(tmp_path / "dev.json", "c", "a", "c"), progress=lambda done, total: seen.append((done, total)))
    assert [database.db_id for database in benchmark.databases] == ["c", "a"]
    assert seen == [(1, 2), (2, 2)]


def test_unusable_databases_have_a_reason(tmp_path: Path) -> None:
    """Missing, empty, foreign and over-long names are rows with a reason, and notes count them with their questions."""
    (tmp_path / "database").mkdir()
    (tmp_path / "database/empty.sqlite").touch()
    (tmp_path / "database/text.sqlite").write_text("not a database at all" * 100, encoding="utf-8")
    (tmp_path / "database/folder.sqlite").mkdir()
    benchmark = read(ask(tmp_path / "dev.json", "empty", "text", "folder", "gone", "gone", "x" * 300))
    reasons = {database.db_id: database.reason or "" for database in benchmark.databases}
    assert all(database.database is None for database in benchmark.databases)
    assert "empty (0 bytes)" in reasons["empty"]
    assert "not a database" in reasons["text"]
    assert all(reasons[name].startswith("missing") for name in ("folder", "gone", "x" * 300))
    notes = {note.kind: note for note in benchmark.notes}
    assert notes["missing_database"].count == 3
    assert "gone (2 questions)" in notes["missing_database"].examples
    assert notes["unreadable_database"].count == 2


def test_schema_from_tables_json(tmp_path: Path) -> None:
    """An absent database has the schema of tables.json, with composite keys, and what it cannot know is null."""
    (tmp_path / "tables.json").write_text(json.dumps([TABLES]), encoding="utf-8")
    file = ask(tmp_path / "dev.json", "gone", "unknown")
    described = tmp_path / "database/gone/database_description"
    described.mkdir(parents=True)
    (described / "account.csv").write_text("original_column_name,column_description\nid,the id\n", encoding="utf-8")
    benchmark = read(file)
    gone, unknown = benchmark.databases
    assert unknown.schema is None
    schema = json.loads(json.dumps(gone.schema))
    account, owner = schema["tables"]
    assert (schema["source"], account["name"], account["n_rows"]) == ("tables.json", "Account", None)
    assert account["columns"][0] == {
        "name": "id",
        "type": "number",
        "notnull": None,
        "pk": 1,
        "description": "the id",
        "value_description": None,
        "examples": [],
    }
    assert [column["pk"] for column in owner["columns"]] == [1, 2]
    assert account["foreign_keys"] == [{"columns": ["owner"], "table": "Owner", "to": ["a"]}]
    assert [Path(source.path).name for source in benchmark.sources] == ["dev.json", "account.csv", "tables.json"]


@pytest.mark.parametrize(
    "content",
    [
        "[{",
        json.dumps([{"db_id": "gone"}]),
        json.dumps([TABLES | {"foreign_keys": [[2, 99]]}]),
        json.dumps([TABLES | {"primary_keys": [-1]}]),
        json.dumps([TABLES | {"column_types": []}]),
        json.dumps([TABLES | {"foreign_keys": [[[], 1]]}]),
    ],
)
def test_broken_tables_json(tmp_path: Path, content: str) -> None:
    """A tables.json that cannot be used is reported and does not keep the questions from being read."""
    (tmp_path / "tables.json").write_text(content, encoding="utf-8")
    benchmark = read(ask(tmp_path / "dev.json", "gone"))
    assert benchmark.databases[0].schema is None
    assert [note.kind for note in benchmark.notes] == ["unreadable_tables_file", "missing_database"]


def test_a_database_with_a_log_cannot_be_used(tmp_path: Path) -> None:
    """A database that someone is writing to is not identified by the sha256 of its file: it is unusable; its schema is kept."""
    path = make(tmp_path / "database/d.sqlite")
    connection = apsw.Connection(str(path))
    for statement in ("PRAGMA journal_mode = WAL", "INSERT INTO t VALUES (1)"):
        connection.execute(statement).fetchall()
    try:
        benchmark = read(ask(tmp_path / "dev.json", "d"))
    finally:
        connection.close()
    (database,) = benchmark.databases
    assert database.database is None
    assert "d.sqlite-wal beside it holds changes" in (database.reason or "")
    assert database.schema is not None
    assert [(note.kind, note.count) for note in benchmark.notes] == [("unreadable_database", 1)]


@pytest.mark.parametrize("suffix", ["-wal", "-journal"])
def test_log_without_its_writer(tmp_path: Path, suffix: str) -> None:
    """A log that only a writer could recover makes the database unreadable, in words, and no file is made beside it."""
    path = make(tmp_path / "database/d.sqlite")
    connection = apsw.Connection(str(path))
    connection.execute("PRAGMA journal_mode = WAL").fetchall()
    connection.close()
    path.with_name("d.sqlite" + suffix).write_bytes(b"left behind")
    (database,) = read(ask(tmp_path / "dev.json", "d")).databases
    assert database.database is None
    assert "holds unfinished work" in (database.reason or "")
    assert sorted(file.name for file in path.parent.iterdir()) == ["d.sqlite", "d.sqlite" + suffix]


def test_repetitions_are_noted(tmp_path: Path) -> None:
    """Repeated ids, repeated questions, differing golds and missing golds stay in place and are reported."""
    make(tmp_path / "database/d.sqlite")
    rows = [("1", "a?", "S"), ("1", "a?", "S"), ("2", "b?", "S"), ("3", "b?", "T"), ("4", "c?", "")]
    items = [{"question_id": id_, "question": text, "query": sql, "db_id": "d"} for id_, text, sql in rows]
    (tmp_path / "dev.json").write_text(json.dumps(items), encoding="utf-8")
    benchmark = read(tmp_path)
    assert [question.position for question in benchmark.questions] == [0, 1, 2, 3, 4]
    assert benchmark.notes == [
        Note("repeated_question_id", 1, ["1: positions 0, 1"]),
        Note("repeated_question", 2, ["'a?': positions 0, 1", "'b?': positions 2, 3"]),
        Note("gold_differs_for_repeated_question", 1, ["'b?': positions 2, 3"]),
        Note("question_without_gold", 1, ["position 4"]),
    ]
