"""What `t2s execute` holds in memory does not grow with what there is to execute (slow)."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.benchmarks.measuring import measure

QUESTIONS = 50
SHORT = {"TEXT2SQL_MEMORY": "100MB", "TEXT2SQL_THREADS": "1"}
"""So little that DuckDB has reached its bound with the smaller number already."""


def peak_mb(folder: Path, statements: int) -> float:
    """The highest memory of `t2s execute`, or of one of its workers, for so many different statements."""
    database = folder / "database/d/d.sqlite"
    database.parent.mkdir(parents=True)
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("CREATE TABLE t (a)")
    asked = [{"db_id": "d", "question": f"q{n}", "query": "SELECT a FROM t"} for n in range(QUESTIONS)]
    (folder / "dev.json").write_text(json.dumps(asked))
    with (folder / "rollouts.jsonl").open("w") as file:
        for n in range(statements):
            sql = f"SELECT {n} AS number, 'a statement of the length that models write' AS text FROM t GROUP BY number"
            file.write(json.dumps({"position": n % QUESTIONS, "sample": n // QUESTIONS, "pred_sql": sql}) + "\n")
    lake = folder / "lake"
    measure("add", ["benchmark", "add", folder / "dev.json", "--name", "b"], lake)
    measure("import", ["import", "jsonl", folder / "rollouts.jsonl", "--benchmark", "b", "--run", "run"], lake)
    peak = measure("execute", ["execute"], lake, SHORT).peak_mb
    assert peak is not None
    return peak


@pytest.mark.slow
def test_memory_does_not_grow_with_statements(tmp_path: Path) -> None:
    """Four times as many statements, which is to say several commits, take as much memory."""
    assert peak_mb(tmp_path / "many", 240_000) < 1.15 * peak_mb(tmp_path / "few", 60_000)
