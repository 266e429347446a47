"""Migrations: an older lake is moved forward in one transaction each, and the schema cannot change unnoticed."""

import contextlib
import hashlib
import logging
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import Barrier

import duckdb
import pytest
from click.testing import CliRunner

import store
from store import engine, reference, tables
from store.address import Address, parse
from store.cli import cli
from store.commit import transaction
from store.migrating import _kept_schema, _writer
from tests import servers

DIGEST = Path(__file__).with_name("schema_digest.txt")
FIRST = Path(__file__).with_name("lake_version_1.sql")
PAGE = Path(__file__).resolve().parents[2] / "docs" / "shared-lakes.md"
Install = Callable[..., None]
Shared = tuple[str, str]


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


def first_lake(address: Address) -> None:
    """Make a lake as the first version did, with rows in its catalog and in a file."""
    with _writer(address, create=True) as connection:
        with transaction(connection, "created"):
            connection.execute(FIRST.read_text("utf-8"))
            connection.execute("INSERT INTO migrations VALUES (1, 'created', now()::TIMESTAMP)")
        for rows in (1, 1000):
            with transaction(connection, f"{rows} prompts"):
                connection.execute(f"INSERT INTO prompts SELECT uuid(), 'kept' FROM range({rows})")


def write_20(address: Address, text: str, together: Barrier) -> None:
    """Commit twenty times as other clients of DuckLake do, which take no turns."""
    with _writer(address) as connection:
        together.wait(60)
        for number in range(20):
            connection.execute(text.replace("$", str(number)))


def catalog(address: Address, schema: str) -> dict[str, list[str]]:
    """All rows of the catalog that a schema of the server holds."""
    with contextlib.closing(duckdb.connect()) as connection:
        engine.attach_database(connection, address, "server")
        names = connection.execute("SELECT table_name FROM duckdb_tables() WHERE schema_name = $1", [schema]).fetchall()
        return {name: sorted(map(str, connection.execute(f'FROM server."{schema}"."{name}"').fetchall())) for (name,) in names}


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
    first_lake(parse(old))
    with store.open(old) as moved:
        assert reference.relations(moved) == reference.relations(lake)
        assert moved.sql("SELECT text, count(*) FROM prompts GROUP BY text").fetchall() == [("kept", 1001)]
        assert moved.check() == []


@pytest.mark.slow
@pytest.mark.parametrize("length", [17, 63])
def test_a_shared_lake_is_moved_forward(
    team: Shared, lake: store.Lake, length: int, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It becomes like a new one and says each step; its catalog is kept to the last row, also under the longest of names."""
    place, data = team
    address = parse(place.ljust(len(place) + length - len(parse(place).schema), "x"))
    monkeypatch.setenv("PGOPTIONS", "-c lock_timeout=30s")  # to fail rather than wait for itself
    first_lake(address._replace(data=data))
    before = catalog(address, address.schema)
    with caplog.at_level(logging.WARNING, "store"), store.open(str(address), create=False) as moved:
        assert reference.relations(moved) == reference.relations(lake)
        assert moved.sql("SELECT text, count(*) FROM prompts GROUP BY text").fetchall() == [("kept", 1001)]
        assert moved.check() == []
        steps = [(step.version, step.name) for step in tables.migrations(after=1)]
        assert moved.sql("SELECT version, name FROM migrations ORDER BY version OFFSET 1").fetchall() == steps
        logged = [row[3] for row in moved.log().fetchall()][: len(steps)]
        assert logged == [f"migration {version}: {name}" for version, name in reversed(steps)]
        version = moved.version
    kept = _kept_schema(address.schema, 1)
    assert [record.message for record in caplog.records] == [
        f"The catalog of the lake {address} as it is now, with tables of version 1, is kept as schema {kept}",
        *(f"The lake in {address} is moved from version {version - 1} to {version}: {name}" for version, name in steps),
    ]
    assert any(rows for name, rows in before.items() if name.startswith("ducklake_inlined_data_"))
    assert catalog(address, kept) == before
    caplog.clear()
    with store.open(str(address)) as again:
        assert again.version == version
    assert caplog.records == []


@pytest.mark.slow
def test_a_shared_lake_goes_back(
    team: Shared, postgres: servers.Postgres, install: Install, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By what the page says: the older version reads and writes the lake again, two clients at once, and it is moved on again."""
    place, data = team
    schema, first = parse(place).schema, tables.VERSION + 1
    with store.open(place, data=data) as lake:
        for rows in (3, 1000):  # into the catalog, and into a file
            with lake.commit(f"{rows} rows") as commit:
                commit.append("prompts", f"SELECT uuid() AS prompt, range::VARCHAR AS text FROM range({rows})")
    later = {f"{first:04}_add_costs.sql": "ALTER TABLE prompts ADD COLUMN costs DOUBLE; UPDATE prompts SET costs = 1.5;"}
    install(first, later)
    with monkeypatch.context() as patch:
        patch.setattr("store.commit.versions", lambda: {"text2sql-store": "99.1"})
        with store.open(place) as lake, lake.commit("later") as commit:
            commit.append("prompts", "SELECT uuid() AS prompt, 'later' AS text, 2 AS costs FROM range(1000)")
    install(tables.VERSION, {})
    with pytest.raises(store.LakeVersionError, match=f"version {first}; this installation knows {tables.VERSION}") as refused:
        store.open(place)
    assert refused.value.hint.endswith("pip install 'text2sql-store>=99.1'")

    section = PAGE.read_text("utf-8").partition("## A newer version\n")[2]
    (said,) = re.findall(r"```console\n\$ (psql .*?)\n\$ t2s (check)\n```", section, re.DOTALL)
    words = re.sub(r"\bteam", schema, said[0].replace("postgres://lake@db.example.org/research", postgres.url()))
    words = words.replace("_version_3", f"_version_{tables.VERSION}")
    path = f"{servers.programs()}:{os.environ['PATH']}"
    done = subprocess.run(words, shell=True, env={**os.environ, "PATH": path}, capture_output=True, text=True, check=False)  # noqa: S602 - the page's words
    assert (done.returncode, done.stdout.split()) == (0, ["ALTER", "SCHEMA"] * 2), done.stderr
    checked = CliRunner().invoke(cli, ["--lake", place, said[1]], catch_exceptions=False)
    assert checked.exit_code == 0, checked.output

    with store.open(place, create=False) as back:
        assert (back.schema_version, back.counts()["prompts"]) == (tables.VERSION, 1003)
        assert "costs" not in back.sql("FROM prompts").columns
        assert back.compact(grace=timedelta(0)).orphans  # what the later installation wrote
        together = Barrier(2)
        with ThreadPoolExecutor(2) as pool:
            texts = [
                "INSERT INTO prompts VALUES (uuid(), 'at once')",
                "INSERT INTO migrations VALUES (-$, 'at once', current_date)",
            ]
            list(pool.map(lambda text: write_20(parse(place), text, together), texts))
        assert back.counts() == {**back.counts(), "prompts": 1023, "migrations": 21}
        assert back.check() == []
    install(first, later)
    with store.open(place) as again:
        assert again.sql("SELECT count(*), sum(costs) FROM prompts").fetchall() == [(1023, 1023 * 1.5)]
        assert again.check() == []


@pytest.mark.slow
def test_a_shared_lake_that_a_later_installation_made_is_refused(
    team: Shared, install: Install, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The version that can read it is named, that of its maker or else of who wrote last; nothing is changed and nothing kept."""
    place, data = team
    address, later = parse(place), tables.VERSION + 1
    said = {}
    for software in ("99.2", "99.3", "99.4"):
        install(later, {})
        with monkeypatch.context() as patch:
            patch.setattr("store.commit.versions", lambda software=software: {"text2sql-store": software})
            with store.open(place, data=data) as lake:
                with lake.commit(software) as commit:
                    commit.append("prompts", "SELECT uuid() AS prompt, '' AS text")
                if software == "99.4":
                    lake.expire(keep=2)
        install(tables.VERSION, {})
        before = catalog(address, address.schema)
        refused = CliRunner().invoke(cli, ["--lake", place, "check"])
        assert isinstance(refused.exception, store.LakeVersionError)
        said[software] = refused.exception.hint.partition(">=")[2]
        assert catalog(address, address.schema) == before
        assert catalog(address, _kept_schema(address.schema, later)) == {}
    assert said == {"99.2": "99.2'", "99.3": "99.2'", "99.4": "99.4'"}


@pytest.mark.slow
def test_who_may_make_no_schema_moves_no_lake(team: Shared, postgres: servers.Postgres) -> None:
    """Where the catalog cannot be kept, that is said, with what to do, and the lake is left as it was for who may."""
    place, data = team
    address = parse(place)
    first_lake(address._replace(data=data))
    member = f"member_of_{address.schema}"
    postgres.sql(
        f"CREATE ROLE {member} LOGIN PASSWORD '{servers.PASSWORD}'; GRANT ALL ON SCHEMA {address.schema} TO {member};"
        f"GRANT ALL ON ALL TABLES IN SCHEMA {address.schema} TO {member}"
    )
    before = catalog(address, address.schema)
    with pytest.raises(store.StoreError, match=r"left at version 1: ERROR:  permission denied for database postgres$") as refused:
        store.open(place.replace(f"{servers.USER}@", f"{member}@"))
    assert "GRANT CREATE ON DATABASE" in refused.value.hint
    assert catalog(address, address.schema) == before
    with store.open(place) as moved:
        assert moved.counts()["prompts"] == 1001


@pytest.mark.slow
def test_a_schema_of_somebody_is_not_replaced(team: Shared, postgres: servers.Postgres) -> None:
    """Where the catalog is to be kept there may be another lake: it stays, and the older lake is left as it was."""
    place, data = team
    address = parse(place)
    first_lake(address._replace(data=data))
    theirs = f"{address.schema}_version_1"
    store.open(place.replace(address.schema, theirs), data=f"{data}_theirs").close()
    before = catalog(address, theirs)
    with pytest.raises(store.StoreError, match="no migration made") as refused:
        store.open(place)
    assert "RENAME" in refused.value.hint
    assert catalog(address, theirs) == before
    postgres.sql(f"ALTER SCHEMA {theirs} RENAME TO {theirs}_theirs")
    store.open(place).close()


def test_the_schema_that_is_kept_is_another_one() -> None:
    """PostgreSQL cuts names at 63 bytes: whatever the lake's name, those of its versions differ from it and from each other."""
    for schema in ("public", *("x" * length for length in range(40, 64)), "ü" * 31):
        names = {schema, *(_kept_schema(schema, version) for version in (1, 2, 10, 11))}
        assert len({name.encode()[:63] for name in names}) == 5


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
