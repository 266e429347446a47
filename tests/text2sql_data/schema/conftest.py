"""A lake with the questions of Spider dev and BIRD dev."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

import store
from text2sql_data.benchmarks import read
from text2sql_data.benchmarks.adding import add_benchmark


@pytest.fixture(scope="session")
def published(real_data: Path, template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[store.Lake]:
    """A lake with the benchmarks `spider_dev` and `bird_dev`; ten databases of the latter are known by dev_tables.json alone."""
    folder = tmp_path_factory.mktemp("published") / "lake"
    with store.open(Path(shutil.copytree(template, folder))) as lake:
        add_benchmark(lake, "spider_dev", read(real_data / "spider"))
        add_benchmark(lake, "bird_dev", read(real_data / "bird"))
        yield lake
