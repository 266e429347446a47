"""The demo benchmark as a lake with judged candidates: one that is shared and not written to, and copies that may be."""

import fcntl
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

import store
from store.cli import cli


@pytest.fixture(scope="session")
def judged_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the shared lake; test processes that run side by side share it."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    folder = shared / "demo_of_selection"
    with (shared / "demo_of_selection.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "done").exists():
            arguments = sys.argv
            made = CliRunner().invoke(cli, ["--lake", str(folder / "lake"), "demo", str(folder)], catch_exceptions=False)
            sys.argv = arguments  # the command sets them, for the log
            assert made.exit_code == 0, made.output
            (folder / "done").touch()
    return folder / "lake"


@pytest.fixture
def own_folder(judged_folder: Path, tmp_path: Path) -> Path:
    """The folder of a copy."""
    return Path(shutil.copytree(judged_folder, tmp_path / "judged"))


@pytest.fixture
def judged(own_folder: Path) -> Iterator[store.Lake]:
    """A copy, open."""
    with store.open(own_folder, create=False) as lake:
        yield lake
