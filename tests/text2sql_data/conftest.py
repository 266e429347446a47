"""The demo benchmark as a lake with judged candidates: one that is shared and not written to, and copies that may be."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

import store


@pytest.fixture(scope="session")
def judged_folder(demo_made: Path) -> Path:
    """The folder of the shared lake."""
    return demo_made / "lake"


@pytest.fixture
def own_folder(judged_folder: Path, tmp_path: Path) -> Path:
    """The folder of a copy."""
    return Path(shutil.copytree(judged_folder, tmp_path / "judged"))


@pytest.fixture
def judged(own_folder: Path) -> Iterator[store.Lake]:
    """A copy, open."""
    with store.open(own_folder, create=False) as lake:
        yield lake
