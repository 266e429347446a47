"""What importing and executing hold in memory does not grow with the number of candidates (slow)."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.benchmarks.measuring import measure

QUESTIONS = 50
SHORT = {"TEXT2SQL_MEMORY": "100MB", "TEXT2SQL_THREADS": "1"}
"""So little that DuckDB has reached its bound with the smaller number already."""


def peaks_mb(folder: Path, statements: int) -> dict[str, float]:
    """The highest memory of a command, or of one of its processes, for so many different statements of the same questions."""
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
    bad = "what a model wrote in place of an object " * 4
    (folder / "bad.jsonl").write_text("".join(f"{n} {bad}\n" for n in range(statements)))
    with (folder / "bad.jsonl").open("a") as file:
        file.write(json.dumps({"position": 0, "pred_sql": "SELECT 1"}) + "\n")
    lake = folder / "lake"
    measure("add", ["benchmark", "add", folder / "dev.json", "--name", "b"], lake)
    commands = {
        "import": ["import", "jsonl", folder / "rollouts.jsonl", "--benchmark", "b", "--run", "run"],
        "execute": ["execute"],
        "put aside": ["import", "jsonl", folder / "bad.jsonl", "--benchmark", "b", "--run", "bad", "--quarantine"],
    }
    measured = {name: measure(name, words, lake, SHORT) for name, words in commands.items()}
    return {name: one.peak_mb for name, one in measured.items()}


@pytest.mark.slow
@pytest.mark.long
def test_memory_does_not_grow_with_candidates(tmp_path: Path) -> None:
    """From where a few commits have been filled, twice as many candidates take as much memory."""
    few, many = peaks_mb(tmp_path / "few", 160_000), peaks_mb(tmp_path / "many", 320_000)
    assert few.keys() == many.keys() == {"import", "execute", "put aside"}
    for name, peak in many.items():
        assert 0 < peak < 1.15 * few[name], (few, many)
