"""kill -9 at random moments: what was reported as done is there, nothing is there by half, and nothing needs repair."""

import random
import runpy
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

import store
from store.engine import catalog_path

PROCESSES = Path(__file__).with_name("processes.py")
PROGRAM = runpy.run_path(str(PROCESSES))


def start(*words: object) -> subprocess.Popen[str]:
    """Start a process, and wait for its first line."""
    process = subprocess.Popen([sys.executable, str(PROCESSES), *map(str, words)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline()
    return process


def integrity(folder: Path) -> str:
    """SQLite's own verdict on the catalog."""
    with closing(sqlite3.connect(catalog_path(folder))) as catalog:
        return str(catalog.execute("PRAGMA integrity_check").fetchone()[0])


def kill_writers(folder: Path, kills: int, at_once: int, seed: int) -> None:
    """Kill writers of two-table commits at random moments, and look at the lake after each round."""
    moments = random.Random(seed)  # noqa: S311 - moments that can be had again
    done: set[str] = set()
    for round_ in range(kills // at_once):
        writers = {f"r{round_}w{n}": start("write", folder, f"r{round_}w{n}") for n in range(at_once)}
        for tag, writer in writers.items():
            assert writer.stdout is not None
            said = [writer.stdout.readline() for _ in range(moments.randrange(4))]  # whatever the load, some are done
            time.sleep(moments.uniform(0, 0.15))
            writer.kill()
            said += writer.communicate()[0].splitlines(keepends=True)
            done |= {f"{tag}-{line.strip()}" for line in said if line.endswith("\n")}
    assert len(done) >= kills // 2
    assert integrity(folder) == "ok"
    with store.open(folder, create=False) as lake:
        found = {tag: (left, right) for tag, left, right in lake.sql(PROGRAM["HALVES"]).fetchall()}
        assert done - set(found) == set()
        expected = {tag: PROGRAM["size"](int(tag.partition("-")[2])) for tag in found}
        assert found == {tag: (size, size) for tag, size in expected.items()}
        assert len(found) - len(done) <= kills  # one unreported commit a kill at most
        assert lake.check() == []
        PROGRAM["commit"](lake, "after", 0)
        assert lake.counts()["prompts"] == sum(expected.values()) + 3


def test_four_kills(folder: Path) -> None:
    """Four writers, two at a time."""
    kill_writers(folder, kills=4, at_once=2, seed=1)


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.parametrize(("kills", "at_once", "seed"), [(15, 1, 2), (24, 4, 3)])
def test_many_kills(folder: Path, kills: int, at_once: int, seed: int) -> None:
    """Writers that are alone, and four at a time."""
    kill_writers(folder, kills=kills, at_once=at_once, seed=seed)


def kill_creators(tmp_path: Path, kills: int, seed: int) -> None:
    """Kill processes that make a lake, and open what they left behind."""
    moments = random.Random(seed)  # noqa: S311 - moments that can be had again
    for n in range(kills):
        folder = tmp_path / str(n)
        creator = start("create", folder)
        time.sleep(moments.uniform(0, 0.9))
        creator.kill()
        creator.communicate()
        with store.open(folder) as lake:
            assert lake.check() == []
            assert [row[3] for row in lake.log().fetchall()].count("created") == 1
            PROGRAM["commit"](lake, "after", 0)
            assert lake.counts()["prompts"] == 3
        with closing(sqlite3.connect(catalog_path(folder))) as catalog:
            assert catalog.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
        assert integrity(folder) == "ok"


def test_a_kill_while_a_lake_is_made(tmp_path: Path) -> None:
    """Opening again finishes what was begun."""
    kill_creators(tmp_path, kills=2, seed=4)


@pytest.mark.slow
@pytest.mark.long
def test_many_kills_while_a_lake_is_made(tmp_path: Path) -> None:
    """The same at ten moments."""
    kill_creators(tmp_path, kills=10, seed=5)
