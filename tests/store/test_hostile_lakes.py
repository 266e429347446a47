"""Frozen lakes and back-ups that were made to harm: nothing of them is run, and nothing is written outside of the target."""

import contextlib
import json
from pathlib import Path

import duckdb
import pytest

import store
from store import backups, copying, engine
from store.address import FROZEN, frozen, parse
from tests.store.web import Ranges, serve
from tests.store.written import add

OUTSIDE = ("../../outside.parquet", "a/../../../outside.parquet", "/outside.parquet", "*/*.parquet", "..", "a//b", "a\\b")


@pytest.fixture
def ice(folder: Path, tmp_path: Path) -> Path:
    """A frozen lake with a few files."""
    with store.open(folder) as lake:
        add(lake, 0, 3000)
    copying.copy(parse(folder), frozen(tmp_path / "ice"))
    return tmp_path / "ice"


def change(ice: Path, *statements: str) -> None:
    """Change the catalog of a frozen lake by hand."""
    with contextlib.closing(duckdb.connect(str(ice / FROZEN))) as connection:
        for statement in statements:
            connection.execute(statement)


@pytest.mark.parametrize("over", ["a path", pytest.param("HTTP", marks=pytest.mark.slow)])
@pytest.mark.parametrize("table", ["ducklake_metadata", "ducklake_snapshot", "ducklake_data_file"])
def test_a_table_that_is_a_view_is_not_read(table: str, over: str, ice: Path, tmp_path: Path) -> None:
    """DuckLake would run it as soon as the lake is attached: it is refused before, by readers and by copies."""
    secret = tmp_path / "secret.csv"
    secret.write_text("a\n1\n")
    change(
        ice,
        f"ALTER TABLE {table} RENAME TO real",
        f"CREATE VIEW {table} AS SELECT real.* FROM real, (SELECT error('read: ' || max(a)) FROM read_csv('{secret}')) AS s",
    )
    with contextlib.ExitStack() as stack:
        place = ice if over == "a path" else stack.enter_context(serve(ice, Ranges))
        for use in (
            lambda: store.open(place, create=False).close(),
            lambda: copying.copy(parse(place), parse(tmp_path / "copy")),
        ):
            with pytest.raises(store.StoreError, match=f"SQL of its own where its tables should be: {table}") as refused:
                use()
            assert refused.value.hint
    assert not (tmp_path / "copy").exists()


def test_a_macro_is_not_called(ice: Path) -> None:
    """One that has the name of a function which DuckLake calls."""
    change(ice, "CREATE MACRO max(a) AS error('called')")
    with pytest.raises(store.StoreError, match="SQL of its own where its tables should be: max"):
        store.open(ice, create=False)


def test_a_view_of_the_lake_reads_nothing_else(folder: Path, tmp_path: Path) -> None:
    """Views are SQL of whoever made the lake, and run when they are asked for: they reach the lake alone."""
    (tmp_path / "secret.csv").write_text("a\n1\n")
    with contextlib.closing(duckdb.connect()) as connection:
        engine.load(connection, "ducklake")
        engine.attach(connection, parse(folder), "lake", read_only=False)
        connection.execute("USE lake")
        connection.execute(f"CREATE VIEW spy AS FROM read_csv('{tmp_path}/secret.csv')")
    copying.copy(parse(folder), frozen(tmp_path / "ice"))
    with store.open(tmp_path / "ice", create=False) as lake, pytest.raises(store.QueryError, match="disabled by configuration"):
        lake.sql("FROM spy").fetchall()


@pytest.mark.parametrize("path", OUTSIDE)
def test_a_path_of_a_catalog_cannot_climb_out(path: str, ice: Path, tmp_path: Path) -> None:
    """A copy of a lake that names a file elsewhere is refused before anything is written."""
    change(ice, f"UPDATE ducklake_data_file SET path = '{path}'")
    target = tmp_path / "below/target"
    with pytest.raises(store.StoreError, match="no file below its data") as refused:
        copying.copy(parse(ice), parse(target))
    assert refused.value.hint
    assert not target.exists()
    assert not list(tmp_path.rglob("outside*"))


@pytest.mark.parametrize("path", OUTSIDE)
def test_a_path_of_a_backup_cannot_climb_out(path: str, folder: Path, tmp_path: Path) -> None:
    """Nor can one in the list of files of a back-up."""
    made = backups.back_up_lake(parse(folder), tmp_path / "safe")
    (tmp_path / "safe/catalogs" / made.name / "files.json").write_text(json.dumps([[path, 4]]))
    (tmp_path / "outside.parquet").write_text("mine")
    with pytest.raises(store.StoreError, match="no file below its data"):
        backups.restore(tmp_path / "safe", parse(tmp_path / "below/target"))
    assert (tmp_path / "outside.parquet").read_text() == "mine"
    assert not (tmp_path / "below").exists()
