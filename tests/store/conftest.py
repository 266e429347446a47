"""A lake for every test at the price of a copy: it is made once, and a lake may be moved and copied."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

import store


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty lake that is never written to."""
    folder = tmp_path_factory.mktemp("template") / "lake"
    store.open(folder).close()
    return folder


@pytest.fixture
def folder(template: Path, tmp_path: Path) -> Path:
    """The folder of an empty lake."""
    return Path(shutil.copytree(template, tmp_path / "lake"))


@pytest.fixture
def lake(folder: Path) -> Iterator[store.Lake]:
    """An empty lake, open."""
    with store.open(folder) as opened:
        yield opened
