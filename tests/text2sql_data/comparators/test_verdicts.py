"""The comparators `bird` and `spider` against the verdicts of the two official scripts on real predictions."""

import csv
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

import store
from text2sql_data.benchmarks import read
from text2sql_data.benchmarks.adding import add_benchmark
from text2sql_data.comparators import comparator
from text2sql_data.comparators.labelling import label
from text2sql_data.execution.executing import execute
from text2sql_data.execution.limits import Limits
from text2sql_data.importers import bird, spider
from text2sql_data.importers.importing import Source, import_runs

pytestmark = pytest.mark.slow

KNOWN_DIFFERENCES: dict[tuple[str, str, int], str] = {}
"""(comparator, system, position) whose verdict is not that of the official script, with the reason why that is right."""


@pytest.fixture(scope="module")
def judged(template: Path, real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[store.Lake]:
    """Both benchmarks with all published systems, executed and labelled."""
    with store.open(shutil.copytree(template, tmp_path_factory.mktemp("verdicts") / "lake")) as lake:
        for name, format_, pattern in (("spider", spider.FORMAT, "*.sql"), ("bird", bird.FORMAT, "*.json")):
            add_benchmark(lake, name, read(real_data / name / "dev.json"))
            files = sorted((real_data / name / "predictions").glob(pattern))
            import_runs(lake, format_, [Source(file.stem, file.stem, (file,)) for file in files], benchmark=name)
        done = execute(lake, Limits())
        assert done.unusable == {}
        label(lake, [comparator("bird"), comparator("spider")])
        yield lake


def verdicts(lake: store.Lake, comparator_name: str, benchmark: str) -> dict[tuple[str, int], tuple[str, str | None]]:
    """Verdict and reason by system and position."""
    rows = lake.sql(
        "SELECT system, position, verdict, reason FROM verdicts WHERE comparator = $c AND benchmark = $b",
        c=comparator_name,
        b=benchmark,
    ).fetchall()
    return {(system, position): (verdict, reason) for system, position, verdict, reason in rows}


def official(path: Path, question: str, column: str) -> dict[tuple[str, int], bool]:
    """What an official script said, by system and position."""
    with path.open() as file:
        return {(row["system"], int(row[question])): row[column] == "1" for row in csv.DictReader(file)}


def differences(
    ours: dict[tuple[str, int], tuple[str, str | None]], theirs: dict[tuple[str, int], bool], name: str
) -> list[tuple[str, str, int, str, str | None, bool]]:
    """Where we say something else than the script, except where the reason is known."""
    return [
        (name, system, position, *ours[system, position], correct)
        for (system, position), correct in theirs.items()
        if ours[system, position][0] != ("correct" if correct else "wrong") and (name, system, position) not in KNOWN_DIFFERENCES
    ]


@pytest.mark.parametrize(("name", "column"), [("bird", "bird_ex"), ("spider", "test_suite_ex")])
def test_spider_dev(judged: store.Lake, real_data: Path, name: str, column: str) -> None:
    """All 12 x 1034 verdicts are those of the script."""
    theirs = official(real_data / "spider/verdicts.csv", "question_index", column)
    assert len(theirs) == 12 * 1034
    assert differences(verdicts(judged, name, "spider"), theirs, name) == []


def test_bird_superhero(judged: store.Lake, real_data: Path) -> None:
    """All 13 x 129 verdicts on the database that is there are those of the script."""
    theirs = official(real_data / "bird/verdicts_superhero.csv", "question_id", "bird_ex")
    assert len(theirs) == 13 * 129
    assert differences(verdicts(judged, "bird", "bird"), theirs, "bird") == []


def test_questions_without_database(judged: store.Lake) -> None:
    """The other 1405 questions of BIRD dev are unknown for that reason: neither wrong, nor left out."""
    found = verdicts(judged, "bird", "bird")
    without = {key: verdict for key, verdict in found.items() if verdict == ("unknown", "no_database")}
    answered = judged.sql("""
        SELECT count(*) FROM candidates AS c JOIN runs AS r USING (run)
        JOIN questions AS q ON q.benchmark = r.benchmark AND q.position = c.position
        WHERE r.benchmark = 'bird' AND q.db_id <> 'superhero'
    """).fetchone()
    assert answered is not None
    assert len(without) == answered[0]
    assert len({position for _, position in without}) == 1405
    assert {verdict for key, (verdict, _) in found.items() if key not in without} == {"correct", "wrong"}
