"""Copies of the demo lake to pin in: one for all tests that only add pins, and one for each that changes more."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

import store


@pytest.fixture(scope="session")
def shared_folder(demo_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lake that tests may add pins to, each under a name of its own."""
    return Path(shutil.copytree(demo_folder, tmp_path_factory.mktemp("pins") / "lake"))


@pytest.fixture
def shared(shared_folder: Path) -> Iterator[store.Lake]:
    """The lake that all tests add pins to."""
    with store.open(shared_folder, create=False) as lake:
        yield lake


@pytest.fixture
def own(demo_folder: Path, tmp_path: Path) -> Iterator[store.Lake]:
    """A lake of the test's own."""
    with store.open(Path(shutil.copytree(demo_folder, tmp_path / "lake")), create=False) as lake:
        yield lake
