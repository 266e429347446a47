"""A full disk: the commit fails with a remedy, and the lake is as it was before."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import store
from tests.store import faults

PROCESSES = Path(__file__).with_name("processes.py")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 8 MiB."""
    try:
        with faults.small_disk(tmp_path / "disk", "8m") as point:
            yield point
    except PermissionError as error:
        pytest.skip(str(error))


def fill(folder: Path, rows: int, limit: int) -> list[str]:
    """What the process says that commits too much."""
    done = subprocess.run(
        [sys.executable, str(PROCESSES), "fill", str(folder), str(rows), str(limit)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def unharmed(folder: Path, version: int) -> None:
    """The lake is at a version, sound, and takes a small commit."""
    with store.open(folder, create=False) as lake:
        assert lake.version == version
        assert lake.counts()["prompts"] == 0
        assert lake.check() == []
        with lake.commit("small") as commit:
            commit.append("prompts", "SELECT uuid() AS prompt, 'x' AS text")
        assert lake.counts()["prompts"] == 1


def test_a_full_disk(template: Path, small_disk: Path) -> None:
    """No space left on the device: StoreError with a hint and nothing written; once there is space, commits work."""
    folder = Path(shutil.copytree(template, small_disk / "lake"))
    with store.open(folder) as lake:
        version = lake.version
    error, hint = fill(folder, rows=15_000, limit=0)
    assert error == "StoreError"
    assert "Free some space" in hint
    with store.open(folder, create=False) as lake:
        assert (lake.version, lake.check()) == (version, [])
    subprocess.run(["mount", "-o", "remount,size=64m", str(small_disk)], check=True)
    unharmed(folder, version)


def test_a_file_that_may_not_grow(folder: Path) -> None:
    """The same where the system limits the size of a file."""
    with store.open(folder) as lake:
        version = lake.version
    error, hint = fill(folder, rows=15_000, limit=4 << 20)
    assert error == "StoreError"
    assert "Free some space" in hint
    unharmed(folder, version)
