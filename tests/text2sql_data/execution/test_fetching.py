"""Tasks on databases of an object store are executed as those on files, within the room that the cache has."""

import sqlite3
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from store.ids import file_sha256
from text2sql_data.execution import database_cache, fetching, pool
from text2sql_data.execution.limits import Limits
from text2sql_data.execution.outcome import Task

Make = Callable[[int, int], list[Task]]


@pytest.fixture
def tasks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Make:
    """Makes databases beyond an address, and tasks on each; the cache has room for two."""
    monkeypatch.setenv("TEXT2SQL_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("TEXT2SQL_CACHE_BYTES", "20000")

    def make(databases: int, each: int) -> list[Task]:
        made = []
        for number in range(databases):
            path = tmp_path / f"{number}.sqlite"
            with closing(sqlite3.connect(path)) as connection, connection:
                connection.executescript(f"CREATE TABLE t(a); INSERT INTO t VALUES ({number})")
            name = file_sha256(path)[:32]
            made += [Task(name, f"file://{path}", f"{number} {n}", f"SELECT a, {n} FROM t") for n in range(each)]
        return made

    return make


def test_more_databases_than_room(tasks: Make) -> None:
    """Each task has its outcome from its own database, the cache never has more than its bound, and nothing stays in use."""
    outcomes = []
    for outcome in pool.execute(tasks(6, 30), Limits(), processes=2):
        outcomes.append(outcome)
        assert sum(file.stat().st_size for file in database_cache.folder().iterdir()) <= 20_000
    assert Counter(outcome.sql_id for outcome in outcomes) == Counter(f"{d} {n}" for d in range(6) for n in range(30))
    assert all(outcome.preview == f"[[{outcome.sql_id.replace(' ', ',')}]]" for outcome in outcomes)
    for file in database_cache.folder().glob("*.sqlite"):
        assert database_cache._remove(file)


def test_one_at_a_time(tasks: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """With room for one database only, tasks pause until those on the last one are done."""
    monkeypatch.setenv("TEXT2SQL_CACHE_BYTES", "9000")
    outcomes = list(pool.execute(tasks(3, 20), Limits(), processes=2))
    assert Counter(outcome.status for outcome in outcomes) == {"ok": 60}


def test_what_cannot_be_fetched(tasks: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Databases that are gone, have changed or have no room are no outcome of their tasks; the others are executed."""
    monkeypatch.setattr(fetching, "PATIENCE", 0.0)
    made = tasks(4, 150)
    (tmp_path / "0.sqlite").unlink()
    with closing(sqlite3.connect(tmp_path / "2.sqlite")) as connection, connection:
        connection.execute("INSERT INTO t VALUES (9)")
    with (tmp_path / "3.sqlite").open("ab") as file:
        file.truncate(30_000)
    outcomes = list(pool.execute(made, Limits(), processes=1))
    found = {(outcome.sql_id.split()[0], outcome.status, (outcome.error or "")[:20]) for outcome in outcomes}
    assert found == {
        ("0", "no_database", "cannot be fetched: t"),
        ("1", "ok", ""),
        ("2", "no_database", "has changed since th"),
        ("3", "no_database", "has 30000 bytes, mor"),
    }
    assert len(outcomes) == 600


def test_files_and_addresses(tasks: Make, database: Path) -> None:
    """Tasks on files go their way between the others; whole results and plans come the same way."""
    (one, two) = tasks(2, 1)
    mixed = [one, Task("small", str(database), "f", "SELECT count(*) FROM t"), two]
    assert [outcome.preview for outcome in pool.execute(mixed, Limits(), processes=1)] == ["[[0,0]]", "[[100]]", "[[1,0]]"]
    assert [found.rows for found in pool.fetch_rows(mixed, Limits(), processes=1)] == [[(0, 0)], [(100,)], [(1, 0)]]
    assert [found.steps for found in pool.explain([one, two], Limits(), processes=1)] == [["SCAN t"]] * 2


def test_left_in_the_middle(tasks: Make) -> None:
    """Who stops iterating gives all databases up."""
    outcomes = pool.execute(tasks(2, 50), Limits(), processes=1)
    assert next(outcomes).status == "ok"
    outcomes.close()  # type: ignore[attr-defined]
    (file,) = database_cache.folder().glob("*.sqlite")
    assert database_cache._remove(file)


def test_a_crew_stays(tasks: Make, database: Path) -> None:
    """Workers of a crew work for several calls, and are others as soon as they may not read what they are given."""
    crew = pool.Crew(Limits(), 1)
    one, two = tasks(2, 1)
    here = Task("small", str(database), "", "SELECT 1")
    pids = []
    for task in (one, one, here, here, two):
        assert [outcome.status for outcome in crew.execute([task])] == ["ok"]
        pids += [worker.pid for worker in crew._pool._workers]
    crew.close()
    assert pids[0] == pids[1]
    assert pids[2] == pids[3]
    assert len(set(pids)) == 3
