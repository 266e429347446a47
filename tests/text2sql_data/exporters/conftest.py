"""Importing, exporting and importing again, and a run as rows without its name."""

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Protocol

import pytest

import store
from text2sql_data import importers
from text2sql_data.benchmarks import read
from text2sql_data.benchmarks.adding import add_benchmark
from text2sql_data.exporters.exporting import Exported, Options, export_run
from text2sql_data.importers.importing import Source, import_runs

FORMATS = {known.name: known for known in importers.FORMATS}
AT = "c.position, c.sample, c.stage"
RUN = {
    "candidates": f"""
        SELECT {AT}, c.step, p.sample, p.stage, c.sql, c.sql_id, c.completion, c.prompt, c.sampling, c.logprob,
            c.claimed_ok, c.claimed_ms, c.claimed_error
        FROM candidates AS c LEFT JOIN candidates AS p ON p.candidate = c.parent
        WHERE c.run = $run""",
    "critiques": f"""
        SELECT {AT}, k.validator, k.ordinal, k.regime, k.text, k.verdict, k.prompt, k.post_hoc, k.saw, k.change
        FROM critiques AS k JOIN candidates AS c ON c.candidate = k.candidate
        WHERE c.run = $run""",
    "labels": f"""
        SELECT {AT}, l.gold_revision, l.version, l.settings, l.database, l.verdict, l.reason
        FROM labels AS l JOIN candidates AS c ON c.candidate = l.candidate
        WHERE c.run = $run AND l.comparator = 'file:' || c.run""",
    "prompts": """
        SELECT p.prompt, p.text FROM prompts AS p
        SEMI JOIN (
            SELECT prompt FROM candidates WHERE run = $run
            UNION ALL
            SELECT k.prompt FROM critiques AS k JOIN candidates AS c ON c.candidate = k.candidate WHERE c.run = $run
        ) AS u ON u.prompt = p.prompt""",
    "identities": """
        SELECT count(*), count(DISTINCT c.candidate), count(c.parent), count(p.candidate),
            bool_and(c.candidate = substr(sha256(concat_ws(chr(10), c.run, c.position, c.sample, c.stage)), 1, 32)::UUID)
        FROM candidates AS c LEFT JOIN candidates AS p ON p.candidate = c.parent AND p.run = c.run
        WHERE c.run = $run""",
}
"""Everything that an import writes of a run, but its name and the identities that hash it."""

Rows = dict[str, list[tuple[Any, ...]]]


@pytest.fixture
def rows() -> Callable[[store.Lake, str], Rows]:
    """The rows of a run, in an order that its name has no part in."""

    def read_all(lake: store.Lake, run: str) -> Rows:
        return {table: lake.sql(f"FROM ({query}) ORDER BY ALL", run=run).fetchall() for table, query in RUN.items()}

    return read_all


class RoundTrip(Protocol):
    """Exports a run and imports the file as another run."""

    def __call__(
        self, lake: store.Lake, run: str, format_name: str, benchmark: str, options: Options | None = None, *, back: str = "back"
    ) -> tuple[Exported, Path]:
        """What was exported, and the file."""


@pytest.fixture
def round_trip(tmp_path: Path) -> RoundTrip:
    """Exports a run and imports the file as the run `back`."""

    def trip(
        lake: store.Lake, run: str, format_name: str, benchmark: str, options: Options | None = None, *, back: str = "back"
    ) -> tuple[Exported, Path]:
        file = tmp_path / f"{back}.{format_name}"
        done = export_run(lake, run, format_name, file, options)
        source = Source(back, back, (file,))
        import_runs(lake, FORMATS[format_name], [source], benchmark=benchmark, regime=done.regime)
        return done, file

    return trip


@pytest.fixture
def bring() -> Callable[..., None]:
    """Imports a file as a run."""

    def import_file(lake: store.Lake, format_name: str, file: Path, benchmark: str, run: str = "r") -> None:
        import_runs(lake, FORMATS[format_name], [Source(run, run, (file,))], benchmark=benchmark)

    return import_file


@pytest.fixture(scope="session")
def small_template(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lake with the benchmark `small` that is never written to."""
    folder = tmp_path_factory.mktemp("small")
    questions = [
        {"question_id": 10 + number % 2, "db_id": "d", "question": f"How many {number // 2}?", "query": "SELECT 1"}
        for number in range(4)
    ]
    file = folder / "small.json"
    file.write_text(json.dumps(questions))
    with store.open(shutil.copytree(template, folder / "lake")) as lake:
        add_benchmark(lake, "small", read(file))
    return folder / "lake"


@pytest.fixture
def small(small_template: Path, tmp_path: Path) -> Iterator[store.Lake]:
    """A lake with the benchmark `small`: four questions about a database d that is missing; ids and texts are there twice."""
    with store.open(shutil.copytree(small_template, tmp_path / "small")) as lake:
        yield lake


@pytest.fixture(scope="session")
def benchmarks(template: Path, real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lake with the benchmark spider that is never written to."""
    folder = Path(shutil.copytree(template, tmp_path_factory.mktemp("benchmarks") / "lake"))
    with store.open(folder) as lake:
        add_benchmark(lake, "spider", read(real_data / "spider/dev.json"))
    return folder


@pytest.fixture
def published_lake(benchmarks: Path, tmp_path: Path) -> Iterator[store.Lake]:
    """A lake with the benchmark spider."""
    with store.open(shutil.copytree(benchmarks, tmp_path / "published")) as opened:
        yield opened
