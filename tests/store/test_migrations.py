"""Migrations: an older lake is moved forward in one transaction each, and the schema cannot change unnoticed."""

import hashlib
import logging
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import store
from store import engine, reference, tables
from store.address import parse
from store.commit import transaction
from store.migrating import _writer

DIGEST = Path(__file__).with_name("schema_digest.txt")
Install = Callable[..., None]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """A later installation: more migrations, their version, and perhaps another text of a view."""
    here = tmp_path / "sql"
    shutil.copytree(str(tables._SQL), here)
    (here / "migrations").mkdir(exist_ok=True)

    def install_(version: int, migrations: dict[str, str], views: dict[str, str] | None = None) -> None:
        for name, text in migrations.items():
            (here / "migrations" / name).write_text(text)
        for name, text in (views or {}).items():
            (here / "views" / name).write_text(text)
        monkeypatch.setattr(tables, "_SQL", here)
        monkeypatch.setattr("store.lake.VERSION", version)
        monkeypatch.setattr("store.migrating.VERSION", version)
        tables.tables.cache_clear()
        tables.views.cache_clear()

    yield install_
    monkeypatch.undo()
    tables.tables.cache_clear()
    tables.views.cache_clear()


def old_lake(folder: Path) -> None:
    """Put rows into a lake of the present version."""
    with store.open(folder) as lake, lake.commit("rows") as commit:
        commit.append("prompts", "SELECT uuid() AS prompt, range::VARCHAR AS text FROM range(40)")


def test_an_older_lake_is_moved_forward(folder: Path, install: Install, caplog: pytest.LogCaptureFixture) -> None:
    """Two migrations run in order, rows stay, views are made anew, each is a snapshot and a row of `migrations`."""
    old_lake(folder)
    first, second = tables.VERSION + 1, tables.VERSION + 2
    install(
        second,
        {
            f"{second:04}_rename_it.sql": "ALTER TABLE prompts RENAME COLUMN costs TO cost;",
            f"{first:04}_add_costs.sql": "ALTER TABLE prompts ADD COLUMN costs DOUBLE; UPDATE prompts SET costs = 1.5;",
            "readme.txt": "not a migration",
        },
        {"greedy.sql": "-- Another text.\n-- reads: answer\nFROM answer", "answer.sql": "-- A new view.\nSELECT 42 AS answer"},
    )
    with caplog.at_level(logging.WARNING, "store"), store.open(folder) as lake:
        assert lake.sql("SELECT count(*), sum(cost), count(DISTINCT text) FROM prompts").fetchall() == [(40, 60.0, 40)]
        assert lake.sql("FROM greedy").fetchall() == [(42,)]
        moved = lake.sql("SELECT version, name FROM migrations ORDER BY version").fetchall()
        assert moved == [(tables.VERSION, "created"), (first, "add costs"), (second, "rename it")]
        assert [row[3] for row in lake.log().fetchall()[:2]] == [
            f"migration {second}: rename it",
            f"migration {first}: add costs",
        ]
        assert lake.check() == []
        version = lake.version
    assert "moved from version" in caplog.text
    kept = folder / f"catalog.version-{tables.VERSION}.sqlite"
    assert f"kept as {kept.name}" in caplog.text
    with store.open(folder) as again:
        assert again.version == version
    kept.replace(engine.catalog_path(folder))  # and back again: the lake as it was, for the old installation
    install(tables.VERSION, {})
    with store.open(folder) as back:
        assert back.sql("SELECT count(*) FROM prompts").fetchall() == [(40,)]
        assert back.check() == []


def test_a_lake_of_the_first_version_becomes_like_a_new_one(tmp_path: Path, lake: store.Lake) -> None:
    """Its rows stay, and its tables have the columns, types and comments of a new lake's."""
    old = tmp_path / "old"
    engine.create_folder(old)
    engine.create_catalog(old)
    with _writer(parse(old), create=True) as connection, transaction(connection, "created"):
        connection.execute(Path(__file__).with_name("lake_version_1.sql").read_text("utf-8"))
        connection.execute("INSERT INTO migrations VALUES (1, 'created', now()::TIMESTAMP)")
        connection.execute("INSERT INTO prompts VALUES (uuid(), 'kept')")
    with store.open(old) as moved:
        assert reference.relations(moved) == reference.relations(lake)
        assert moved.sql("SELECT text FROM prompts").fetchall() == [("kept",)]
        assert moved.check() == []


def test_a_failing_migration_leaves_the_lake_where_it_was(folder: Path, install: Install) -> None:
    """What a migration did before it failed is undone; the lake opens as before with the old installation."""
    old_lake(folder)
    with store.open(folder) as lake:
        version = lake.version
    install(tables.VERSION + 1, {f"{tables.VERSION + 1:04}_fail.sql": "DELETE FROM prompts; SELECT * FROM nowhere;"})
    with pytest.raises(store.StoreError, match="nowhere") as caught:
        store.open(folder)
    assert caught.value.hint
    install(tables.VERSION, {})
    with store.open(folder) as lake:
        assert (lake.version, lake.counts()["prompts"]) == (version, 40)


def test_a_new_lake_needs_no_migration(tmp_path: Path, install: Install) -> None:
    """A lake that is made by the later installation starts at its version."""
    install(tables.VERSION + 1, {f"{tables.VERSION + 1:04}_fail.sql": "SELECT * FROM nowhere;"})
    with store.open(tmp_path / "new") as lake:
        assert lake.sql("SELECT version, name FROM migrations").fetchall() == [(tables.VERSION + 1, "created")]


def test_the_migrations_lead_to_the_version() -> None:
    """They are numbered 2, 3, ... without a gap, and the last one is the version of this installation."""
    assert [migration.version for migration in tables.migrations(after=0)] == list(range(2, tables.VERSION + 1))


def test_the_schema_does_not_change_unnoticed() -> None:
    """Lakes keep the tables and views that they were made with, so a change of their SQL needs a new version."""
    digest = hashlib.sha256()
    for text in (*(table.sql for table in tables.tables().values()), *(view.sql for view in tables.views().values())):
        digest.update(text.encode())
    recorded = f"version {tables.VERSION}: {digest.hexdigest()}\n"
    if os.environ.get("UPDATE_SCHEMA_DIGEST"):
        DIGEST.write_text(recorded)
    assert DIGEST.read_text() == recorded, (
        "The SQL of a table or view has changed. Lakes that exist keep the old one, so: add store/sql/migrations/"
        f"{tables.VERSION + 1:04}_what_changed.sql, raise VERSION in store/tables.py, and record the new digest with "
        "UPDATE_SCHEMA_DIGEST=1 pytest tests/store/test_migrations.py. Before the first release, record it only."
    )
