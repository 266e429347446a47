"""Fixtures that every test may use: the real data where it is there, and empty lakes."""

import os
import shutil
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import hypothesis
import pytest

import store

# On a build machine the same examples every time: a change must not fail for what an earlier one did. Elsewhere they are random.
hypothesis.settings.register_profile("ci", derandomize=True)
if os.environ.get("CI"):
    hypothesis.settings.load_profile("ci")

# The lakes of the tests are small, and several test processes share the cores: more threads would only get in each other's way.
os.environ.setdefault("TEXT2SQL_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")  # scikit-learn's trees


def pytest_report_header() -> str:
    """The versions that a failure may depend on."""
    return ", ".join(f"{name} {version(name)}" for name in ("duckdb", "apsw", "polars", "sqlglot"))


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Real benchmarks and published predictions; tests that need them are skipped where they are absent."""
    folder = Path(os.environ.get("TEXT2SQL_REAL_DATA") or Path(__file__).resolve().parents[1] / "../shared/real").resolve()
    if not folder.is_dir():
        pytest.skip(f"no real data in {folder}; set TEXT2SQL_REAL_DATA to a folder with spider/, bird/ and mats/")
    return folder


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
