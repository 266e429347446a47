"""Lakes with benchmarks to import into, and a short way to import a text or a file."""

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

import pytest

import store
from text2sql_data import importers
from text2sql_data.benchmarks import read
from text2sql_data.benchmarks.adding import add_benchmark
from text2sql_data.importers.importing import Imported, Source, import_runs

FORMATS = {known.name: known for known in importers.FORMATS}


class Import(Protocol):
    """Imports one file, or one text that it first writes to a file."""

    def __call__(
        self,
        lake: store.Lake,
        format_name: str,
        content: Path | str | bytes,
        benchmark: str = "small",
        *,
        run: str | None = None,
        quarantine: bool = False,
    ) -> Imported:
        """Import, into the benchmark `small` unless it is told otherwise."""


@pytest.fixture
def import_one(tmp_path: Path) -> Import:
    """Imports one file; a text becomes the file `answers`."""

    def import_(
        lake: store.Lake,
        format_name: str,
        content: Path | str | bytes,
        benchmark: str = "small",
        *,
        run: str | None = None,
        quarantine: bool = False,
    ) -> Imported:
        path = content if isinstance(content, Path) else tmp_path / "answers"
        if not isinstance(content, Path):
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        source = Source(run or path.stem, run or path.stem, (path,))
        (done,) = import_runs(lake, FORMATS[format_name], [source], benchmark=benchmark, quarantine=quarantine)
        return done

    return import_


@pytest.fixture(scope="session")
def small_template(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lake with the benchmark `small` that is never written to."""
    folder = tmp_path_factory.mktemp("small")
    questions = [
        {"question_id": 10 + number, "db_id": db_id, "question": question, "query": "SELECT 1"}
        for number, (db_id, question) in enumerate([("d", "How many?"), ("d", "Which?"), ("e", "Which?"), ("e", "Who  is it?")])
    ]
    file = folder / "small.json"
    file.write_text(json.dumps(questions))
    with store.open(shutil.copytree(template, folder / "lake")) as lake:
        add_benchmark(lake, "small", read(file))
    return folder / "lake"


@pytest.fixture
def small(small_template: Path, tmp_path: Path) -> Iterator[store.Lake]:
    """A lake with the benchmark `small`: four questions about databases d and e, ids 10 to 13, without database files."""
    with store.open(shutil.copytree(small_template, tmp_path / "lake")) as lake:
        yield lake


@pytest.fixture(scope="session")
def published(template: Path, real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], None]:
    """Copies a lake with the benchmarks spider, bird and mini_dev to a folder."""
    folder = Path(shutil.copytree(template, tmp_path_factory.mktemp("published") / "lake"))
    with store.open(folder) as lake:
        add_benchmark(lake, "spider", read(real_data / "spider/dev.json"))
        add_benchmark(lake, "bird", read(real_data / "bird/dev.json"))
        add_benchmark(lake, "mini_dev", read(real_data / "bird/mini_dev_sqlite.json"))
    return lambda target: shutil.copytree(folder, target) and None


@pytest.fixture
def published_lake(published: Callable[[Path], None], tmp_path: Path) -> Iterator[store.Lake]:
    """A lake with the benchmarks spider, bird and mini_dev."""
    published(tmp_path / "published")
    with store.open(tmp_path / "published") as opened:
        yield opened
