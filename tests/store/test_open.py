"""Opening: a lake is made once, found again wherever it was moved, and refused when it cannot be understood."""

import importlib.metadata
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

import store
from store.engine import catalog_path, network_file_system
from store.tables import VERSION, tables

PROCESSES = Path(__file__).with_name("processes.py")


def journal_mode(folder: Path) -> str:
    """The journal mode of the catalog."""
    with closing(sqlite3.connect(catalog_path(folder))) as catalog:
        return str(catalog.execute("PRAGMA journal_mode").fetchone()[0])


def test_a_new_lake_has_every_table_and_can_be_read_at_once(tmp_path: Path) -> None:
    """A lake that was just made answers by bare table names, and its catalog is in WAL mode."""
    with store.open(tmp_path / "lake") as lake:
        assert lake.counts() == {name: int(name == "migrations") for name in tables()}
        assert lake.sql("SELECT version, name FROM migrations").fetchall() == [(VERSION, "created")]
        assert lake.check() == []
    assert journal_mode(tmp_path / "lake") == "wal"


def test_opening_again_changes_nothing(folder: Path) -> None:
    """Opening a lake that is there writes no snapshot."""
    with store.open(folder) as lake:
        version = lake.version
    with store.open(folder) as lake:
        assert lake.version == version


def test_without_create_a_missing_lake_is_an_error(tmp_path: Path) -> None:
    """`create=False` refuses, says how to make a lake, and makes nothing."""
    with pytest.raises(store.LakeNotFoundError, match="no lake in") as caught:
        store.open(tmp_path / "lake", create=False)
    assert "init" in caught.value.hint
    assert isinstance(caught.value, FileNotFoundError)
    assert not (tmp_path / "lake").exists()


def test_a_lake_of_a_newer_version_is_refused(lake: store.Lake, folder: Path) -> None:
    """Tables that a later installation made are not touched by this one; which can read them is said, whatever was expired."""
    with lake.commit("later") as commit:
        commit.append("migrations", [{"version": VERSION + 1, "name": "later", "applied": "2030-01-01"}])
    for _ in range(2):
        with pytest.raises(store.LakeVersionError, match=f"version {VERSION + 1}") as caught:
            store.open(folder)
        assert f"text2sql-store>={importlib.metadata.version('text2sql-store')}" in caught.value.hint
        lake.expire(keep=1)


def test_a_moved_lake_still_opens(lake: store.Lake, folder: Path, tmp_path: Path) -> None:
    """Data files are found, and written, beside the catalog wherever the folder is now."""
    with lake.commit("many rows, so that there is a Parquet file") as commit:
        commit.append("prompts", "SELECT uuid() AS prompt, range::VARCHAR AS text FROM range(100)")
    lake.close()
    moved = Path(shutil.move(folder, tmp_path / "it's elsewhere"))
    with store.open(moved, create=False) as found:
        assert found.counts()["prompts"] == 100
        with found.commit("more") as commit:
            commit.append("prompts", "SELECT uuid() AS prompt, range::VARCHAR AS text FROM range(100)")
        assert found.counts()["prompts"] == 200
        assert found.check() == []
    assert not folder.exists()


@pytest.mark.parametrize("content", [b"", b"not a database, but long enough to look like one" * 100])
def test_an_unfinished_catalog_is_finished_and_a_foreign_one_refused(tmp_path: Path, content: bytes) -> None:
    """An empty catalog, as a kill may leave it, becomes a lake in WAL mode; a file of another kind is left alone."""
    folder = tmp_path / "lake"
    folder.mkdir()
    catalog_path(folder).write_bytes(content)
    if content:
        with pytest.raises(store.StoreError, match="cannot be read") as caught:
            store.open(folder)
        assert caught.value.hint
        assert catalog_path(folder).read_bytes() == content
    else:
        store.open(folder).close()
        assert journal_mode(folder) == "wal"


def test_a_file_in_the_way_is_an_error_with_a_hint(tmp_path: Path) -> None:
    """A lake cannot be made where a file stands."""
    (tmp_path / "lake").write_text("")
    with pytest.raises(store.StoreError, match="Cannot make a lake") as caught:
        store.open(tmp_path / "lake")
    assert caught.value.hint


def test_processes_that_create_at_once_make_one_lake(tmp_path: Path) -> None:
    """Three processes open a lake that is not there; all succeed, and it was created once."""
    folder = tmp_path / "lake"
    started = [
        subprocess.Popen([sys.executable, str(PROCESSES), "create", str(folder)], stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    said = [(process.communicate()[0], process.returncode) for process in started]
    assert said == [("opening\nopened\n", 0)] * 3
    with store.open(folder, create=False) as lake:
        assert lake.sql("SELECT count(*) FROM migrations").fetchall() == [(1,)]
        assert [row[3] for row in lake.log().fetchall()].count("created") == 1
        assert lake.check() == []
    assert journal_mode(folder) == "wal"


def test_a_network_file_system_is_recognised(tmp_path: Path) -> None:
    """The innermost mount decides, also when its path has a space."""
    mounts = tmp_path / "mounts"
    mounts.write_text(
        f"/dev/sda / ext4 rw 0 0\nhost:/x {tmp_path}/my\\040nfs nfs4 rw 0 0\ntmp {tmp_path}/my\\040nfs/in tmpfs rw 0 0\n"
    )
    assert network_file_system(tmp_path, mounts) is None
    assert network_file_system(tmp_path / "my nfs" / "lake", mounts) == "nfs4"
    assert network_file_system(tmp_path / "my nfs" / "in" / "lake", mounts) is None
