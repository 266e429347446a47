"""Several processes at once: writers take turns, readers are never in the way, and nothing stands twice."""

import subprocess
import sys
from pathlib import Path

import pytest

import store
from store.address import parse
from store.turns import exclusive

PROCESSES = Path(__file__).with_name("processes.py")


def start(*words: object) -> subprocess.Popen[str]:
    """Start a process that does what `processes.py` calls by this verb."""
    return subprocess.Popen(
        [sys.executable, str(PROCESSES), *map(str, words)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def finish(process: subprocess.Popen[str]) -> list[str]:
    """What a process said; it must have ended well."""
    said, error = process.communicate(timeout=120)
    assert process.returncode == 0, error
    return said.split()


def crowd(folder: Path, writers: int, commits: int, readers: int, seconds: float) -> None:
    """Writers and readers at once: every reader sees whole commits only, every commit is there in the end."""
    with store.open(folder) as lake:
        before = lake.version
    reading = [start("read", folder, seconds) for _ in range(readers)]
    writing = [start("write", folder, f"w{n}", commits) for n in range(writers)]
    assert [finish(process) for process in writing] == [["ready", *map(str, range(commits))]] * writers
    assert all(int(finish(process)[0]) > 0 for process in reading)
    with store.open(folder) as lake:
        messages = [row[3] for row in lake.log().fetchall() if row[0] > before]
        assert sorted(messages) == sorted(f"w{w} {n}" for w in range(writers) for n in range(commits))
        rows = writers * sum(30 if n % 4 == 3 else 3 for n in range(commits))
        assert (lake.counts()["prompts"], lake.counts()["rejects"]) == (rows, rows)
        assert lake.check() == []


def test_writers_and_readers_at_once(folder: Path) -> None:
    """Two writers and two readers on one lake."""
    crowd(folder, writers=2, commits=5, readers=2, seconds=2)


@pytest.mark.slow
def test_many_writers_and_readers_at_once(folder: Path) -> None:
    """Four writers of 25 commits each and four readers for ten seconds."""
    crowd(folder, writers=4, commits=25, readers=4, seconds=10)


def test_importers_of_the_same_rows_both_succeed(folder: Path) -> None:
    """What two processes import at once stands once, and together they added exactly that."""
    first, second = start("overlap", folder, "a", 0, 80), start("overlap", folder, "b", 40, 120)
    added = [int(finish(process)[0]) for process in (first, second)]
    with store.open(folder) as lake:
        assert (sum(added), lake.counts()["prompts"]) == (120, 120)
        assert lake.check() == []


def test_a_commit_does_not_wait_for_ever(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While another process keeps its turn a commit gives up with a hint, and readers go on; when that one dies, it works."""
    monkeypatch.setattr("store.commit.PATIENCE", 0.2)
    holder = start("hold", folder, 60)
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"

    def write(lake: store.Lake) -> None:
        with lake.commit("waits") as commit:
            commit.append("prompts", "SELECT uuid() AS prompt, 'x' AS text")

    with store.open(folder) as lake:
        with pytest.raises(store.LakeBusyError, match="Another process") as caught:
            write(lake)
        assert caught.value.hint
        assert isinstance(caught.value, TimeoutError)
        assert lake.counts()["prompts"] == 0
        holder.kill()
        holder.communicate()
        write(lake)
        assert lake.counts()["prompts"] == 1


def test_a_turn_is_taken_by_one_at_a_time(folder: Path) -> None:
    """Also within one process, and it is free again after an error."""
    with exclusive(parse(folder)), pytest.raises(store.LakeBusyError), exclusive(parse(folder), patience=0.05):
        pass
    with pytest.raises(ZeroDivisionError), exclusive(parse(folder)):
        raise ZeroDivisionError
    with exclusive(parse(folder), patience=0.05):
        pass
