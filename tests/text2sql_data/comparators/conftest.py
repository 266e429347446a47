"""Small benchmarks over real SQLite files, answered, executed and labelled."""

import json
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

import pytest

import store
from text2sql_data.benchmarks import read
from text2sql_data.benchmarks.adding import add_benchmark
from text2sql_data.comparators import COMPARATORS
from text2sql_data.comparators.labelling import label
from text2sql_data.execution.executing import execute
from text2sql_data.execution.limits import Limits
from text2sql_data.importers import jsonl
from text2sql_data.importers.importing import Source, import_runs

Verdict = tuple[str, str | None]
Judge = Callable[[str, Sequence[tuple[str, str | None]]], list[dict[str, Verdict]]]
LIMITS = Limits(seconds=1.0, max_rows=1_000)


@pytest.fixture
def judge(lake: store.Lake, tmp_path: Path) -> Judge:
    """Judges pairs of gold and answer over one database, made by a script: for each pair the verdict of every comparator."""

    def judged(script: str, pairs: Sequence[tuple[str, str | None]]) -> list[dict[str, Verdict]]:
        name = f"b{lake.version}"
        folder = tmp_path / name
        (folder / "database" / name).mkdir(parents=True)
        with closing(sqlite3.connect(folder / "database" / name / f"{name}.sqlite")) as database:
            database.executescript(script)
        questions = [{"db_id": name, "question": f"q{n}", "query": gold} for n, (gold, _) in enumerate(pairs)]
        (folder / "dev.json").write_text(json.dumps(questions), "utf-8")
        answers = [{"position": n, "pred_sqls": [answer]} for n, (_, answer) in enumerate(pairs)]
        (folder / f"{name}.json").write_text(json.dumps(answers), "utf-8")
        add_benchmark(lake, name, read(folder / "dev.json"))
        import_runs(lake, jsonl.FORMAT, [Source(name, name, (folder / f"{name}.json",))], benchmark=name)
        execute(lake, LIMITS)
        label(lake, COMPARATORS)
        found: list[dict[str, Verdict]] = [{} for _ in pairs]
        rows = lake.sql("SELECT position, comparator, verdict, reason FROM verdicts WHERE run = $run", run=name).fetchall()
        for position, comparator, verdict, reason in rows:
            found[position][comparator] = (verdict, reason)
        return found

    return judged
