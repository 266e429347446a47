"""Things break while commits are made: nothing that was reported is lost, nothing is there twice or by half (slow)."""

import os
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import pytest

import store
from tests import servers
from tests.store import faults, hanging_up

pytestmark = [pytest.mark.slow, pytest.mark.long]
Shared = tuple[str, str]


@pytest.fixture
def place(team: Shared) -> str:
    """The address of a shared lake that is there."""
    store.open(team[0], data=team[1]).close()
    return team[0]


@pytest.mark.parametrize(("setup", "seconds"), [("folder", 6), ("shared", 60)])
def test_many_at_once(setup: str, seconds: int, place: str, folder: Path) -> None:
    """Sixteen writers and sixteen readers of a lake, for a minute where it is shared."""
    counted = faults.crowd(str(folder) if setup == "folder" else place, seconds, 16, 16)
    assert counted.sound, counted
    assert counted.reported > 0
    assert counted.reads >= 16  # each reader looks once at least
    assert counted.failed == 0


def test_killed_writers(place: str) -> None:
    """Their turn is free again at once, and what they had not committed is not there."""
    counted = faults.killed(place, 12)
    assert counted.sound, counted
    assert counted.found > 0
    assert counted.reads > 0
    assert counted.failed == 0


def test_the_server_of_the_catalog_restarts(place: str, postgres: servers.Postgres) -> None:
    """A commit whose answer was lost is neither lost nor there twice, and no process ends."""
    counted = faults.restarted(place, postgres, 12, readers=2)
    assert counted.sound, counted
    assert counted.reported > 0
    assert counted.reads > 0
    assert counted.failed == 0, counted


def test_the_server_hangs_up_in_the_middle_of_a_commit(place: str, postgres: servers.Postgres) -> None:
    """At each question for rows that are in the catalog, which is an internal error to DuckDB: the writer goes on."""
    with hanging_up.in_front_of(postgres.port) as server:
        through = place.replace(f":{postgres.port}/", f":{server.port}/")
        command = [sys.executable, str(faults.PROCESSES), "write_on", through, "w"]
        moments = iter(range(1, 21))
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writing:
            assert writing.stdout is not None
            done = []
            for line in writing.stdout:
                if line.strip().isdigit():
                    done.append(int(line))
                    if (moment := next(moments, None)) is None:
                        break
                    server.after(moment, b"ducklake_inlined_data")
            writing.kill()
        assert next(moments, None) is None, "it ended by itself"
    with store.open(place, create=False) as lake:
        there = dict(lake.sql("SELECT split_part(text, '/', 1), count(*) FROM prompts GROUP BY ALL").fetchall())
        assert {tag: there[tag] for tag in (f"w-{n}" for n in done)} == {f"w-{n}": faults.PROGRAM["size"](n) for n in done}
        assert lake.check() == []


def test_the_server_hangs_up_while_a_lake_is_opened(place: str, postgres: servers.Postgres) -> None:
    """It opens, or says what to do; what the server says is never all there is to read."""
    command = [sys.executable, str(faults.PROCESSES), "open_on", place, "8"]
    others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as opening:
        until = time.monotonic() + 300
        while opening.poll() is None:
            postgres.sql(others)
            if time.monotonic() > until:
                opening.kill()
        said, errors = opening.communicate()
    assert opening.returncode == 0, errors
    assert "refused UnreachableError" in said
    assert "LakeNotFoundError" not in said


def test_what_a_commit_tries_again(place: str, postgres: servers.Postgres) -> None:
    """Tables that are said to be missing and are there, or a server that is gone; not what stays wrong."""
    missing = duckdb.CatalogException("Table with name prompts does not exist!")
    with store.open(place, create=False) as lake, lake.commit("never", dry_run=True) as commit:
        commit.append("prompts", [])
        assert commit._passing(missing) == "unreachable"
        assert commit._passing(duckdb.InvalidInputException("DuckLake catalog version mismatch")) is None
        postgres.stop()
        try:
            assert commit._passing(missing) == "unreachable"
        finally:
            postgres.start()
        commit._appended["nowhere"] = "append_prompts"
        assert commit._passing(missing) is None
        commit._appended.clear()


def test_the_object_store_fails(place: str, s3: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It answers 500, cuts uploads and is slow: commits are tried again."""
    with faults.FAULTY["in_front_of"](s3, errors=0.15, cuts=0.1, slow=0.02) as (url, broken):
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        counted = faults.store_fails(place, broken, 15)
    assert counted.sound, counted
    assert counted.reported > 0
    assert counted.reads > 0
    assert counted.failed == 0, counted
    assert broken.counted["errors"] > 0
    assert broken.counted["cuts"] > 0


def test_the_object_store_gives_no_answer(place: str, s3: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A request that hangs is made again after half a minute, and the commit is there once."""
    with faults.FAULTY["in_front_of"](s3) as (url, broken), monkeypatch.context() as patched:
        patched.setenv("AWS_ENDPOINT_URL", url)
        with store.open(place, create=False) as lake:
            broken.stalls = 1
            with lake.commit("prompts") as commit:
                commit.append("prompts", "SELECT md5(i::VARCHAR)::UUID AS prompt, 'text ' || i AS text FROM range(5000) AS t(i)")
            assert broken.counted["stalls"] == 1
            assert commit.added == {"prompts": 5000}
            assert lake.sql("SELECT count(DISTINCT text) FROM prompts").fetchall() == [(5000,)]
            assert lake.check() == []


def test_a_disk_is_full_again_and_again(tmp_path: Path) -> None:
    """What was refused is not there, what was reported is, and a writer that goes on succeeds once there is room."""
    try:
        with faults.small_disk(tmp_path / "disk", "48m") as disk:
            store.open(disk / "lake").close()
            counted = faults.disk_fills(disk / "lake", 12)
    except PermissionError as error:
        pytest.skip(str(error))
    assert counted.sound, counted
    assert counted.reported > 0
    assert counted.reads > 0
    assert counted.failed == 0
    assert " 0 commits refused" not in counted.faults


def test_clocks_are_an_hour_apart(place: str, folder: Path) -> None:
    """Every other writer is an hour behind, in a shared lake and in a folder."""
    for address in (place, str(folder)):
        counted = faults.clocks_apart(address, 5)
        assert counted.sound, counted
        assert counted.reported > 0
        assert counted.reads > 0
        assert counted.failed == 0


def test_what_was_chosen_last_is_current(folder: Path) -> None:
    """Also where the process that chose it last, on the shared lake of two machines, is an hour behind."""
    for before, seconds in (((), 5), (faults.BEHIND, 7)):
        execute = ["-c", "from store.cli import main; main()", "--lake", str(folder), "execute", "--seconds", str(seconds)]
        subprocess.run([*before, sys.executable, *execute], check=True, capture_output=True)
    with store.open(folder, create=False) as lake:
        first, second = [time for _, time, *_ in lake.log().order("version").fetchall()][-2:]
        assert second < first, "the clocks were not apart"
        assert lake.sql("SELECT seconds FROM current_settings").fetchall() == [(7,)]


def test_a_changed_catalog_is_said(folder: Path) -> None:
    """A catalog that is overwritten in the middle is refused, with what to do."""
    catalog = folder / "catalog.sqlite"
    content = bytearray(catalog.read_bytes())
    content[100:8192] = os.urandom(8092)
    catalog.write_bytes(content)
    with pytest.raises(store.StoreError) as broken:
        store.open(folder, create=False)
    assert broken.value.hint
