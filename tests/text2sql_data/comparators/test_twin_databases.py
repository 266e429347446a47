"""Comparisons that need rows read a file of the content on which the SQL was executed, or none."""

import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

import store
from text2sql_data.benchmarks import read
from text2sql_data.benchmarks.adding import add_benchmark
from text2sql_data.comparators import comparator
from text2sql_data.comparators.labelling import label
from text2sql_data.execution import pool
from text2sql_data.execution.executing import execute
from text2sql_data.execution.limits import Limits
from text2sql_data.execution.outcome import Fetched
from text2sql_data.importers import jsonl
from text2sql_data.importers.importing import Source, import_runs

SCRIPT = "CREATE TABLE t (x, y, z); INSERT INTO t VALUES (1, 2, 1), (3, 4, 3)"
CORRECT = {("correct", None): 1}


@pytest.fixture
def twins(lake: store.Lake, tmp_path: Path) -> list[Path]:
    """Two databases of the same bytes, each with a question; the second is answered so that digests do not decide."""
    files = [tmp_path / f"b/database/{name}/{name}.sqlite" for name in ("d1", "d2")]
    for file in files:
        file.parent.mkdir(parents=True)
    with closing(sqlite3.connect(files[0])) as connection:
        connection.executescript(SCRIPT)
    shutil.copy(*files)
    asked = [{"db_id": name, "question": name, "query": "SELECT x, y FROM t"} for name in ("d1", "d2")]
    (tmp_path / "b/dev.json").write_text(json.dumps(asked))
    add_benchmark(lake, "b", read(tmp_path / "b/dev.json"))
    assert lake.sql("SELECT count(DISTINCT database) FROM current_databases").fetchall() == [(1,)]
    (tmp_path / "r.json").write_text(json.dumps([{"position": 1, "pred_sqls": ["SELECT y, z FROM t"]}]))
    import_runs(lake, jsonl.FORMAT, [Source("r", "r", (tmp_path / "r.json",))], benchmark="b")
    execute(lake, Limits(seconds=5.0))
    return files


def change(file: Path) -> None:
    """Let the answer be wrong."""
    with closing(sqlite3.connect(file)) as connection:
        connection.executescript("UPDATE t SET z = 7")


@pytest.mark.parametrize("changed", [0, 1])
def test_a_changed_twin_is_not_read(lake: store.Lake, twins: list[Path], changed: int) -> None:
    """Neither the question's own file nor another one, once its content is not that on which the SQL was executed."""
    change(twins[changed])
    (done,) = label(lake, [comparator("spider")])
    assert (done.from_rows, done.labels, done.unusable) == (1, CORRECT, {})


def test_without_the_content_there_is_no_label(lake: store.Lake, twins: list[Path], tmp_path: Path) -> None:
    """Where no file has it any more, the label is missing and it is said why; put back, it is made."""
    shutil.copy(twins[0], tmp_path / "kept")
    change(twins[0])
    twins[1].unlink()
    (done,) = label(lake, [comparator("spider")])
    reasons = {str(twins[0]): "has changed since the benchmark was added", str(twins[1]): "No such file or directory"}
    assert (done.from_rows, done.labels, done.unusable) == (0, {}, reasons)
    shutil.copy(tmp_path / "kept", twins[1])
    (done,) = label(lake, [comparator("spider")])
    assert (done.labels, done.unusable) == (CORRECT, {})


def test_what_changes_while_it_is_read_gives_no_label(
    lake: store.Lake, twins: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows that were read of a file that was written to meanwhile are not compared."""
    shutil.copy(twins[0], tmp_path / "kept")
    fetch_rows = pool.fetch_rows

    def meanwhile(*arguments: object, **options: object) -> Iterator[Fetched]:
        yield from fetch_rows(*arguments, **options)  # type: ignore[arg-type]
        for file in twins:
            change(file)

    with monkeypatch.context() as patched:
        patched.setattr(pool, "fetch_rows", meanwhile)
        (done,) = label(lake, [comparator("spider")])
    assert done.labels == {}
    assert list(done.unusable.values()) == ["has changed while SQL was executed on it"]
    shutil.copy(tmp_path / "kept", twins[0])
    (done,) = label(lake, [comparator("spider")])
    assert done.labels == CORRECT


def test_a_file_that_cannot_be_read_says_why(lake: store.Lake, twins: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that is gone while its rows are asked for, and back afterwards, is named with the reason of the worker."""
    fetch_rows = pool.fetch_rows

    def meanwhile(*arguments: object, **options: object) -> Iterator[Fetched]:
        moved = [file.rename(file.with_suffix(".moved")) for file in twins]
        yield from fetch_rows(*arguments, **options)  # type: ignore[arg-type]
        for away, file in zip(moved, twins, strict=True):
            away.rename(file)

    monkeypatch.setattr(pool, "fetch_rows", meanwhile)
    (done,) = label(lake, [comparator("spider")])
    assert done.labels == {}
    ((path, reason),) = done.unusable.items()
    assert Path(path) in twins
    assert reason == f"cannot be read: {path} does not exist"
