"""The same questions with more answers each: what importing, and planning what to execute, hold in memory.

The 1,034 questions of Spider dev, and what twelve published systems answered, again and again as other statements: unlike in the
benchmark of growth, only the answers become more. `execute --dry-run` puts together what there is to execute, which is all that
`execute` holds of it. DuckDB gets 250 MB (or what TEXT2SQL_MEMORY says), a bound that a million answers reach: what ten million
take beyond that would be growth.
"""

import json
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks import scaled
from tests.benchmarks.measuring import Measured, machine, measure, table

SIZES = (1_000_000, 10_000_000)
BOUND = {"TEXT2SQL_MEMORY": os.environ.get("TEXT2SQL_MEMORY", "250MB")}


def write(folder: Path, copies: int) -> int:
    """Write `questions.jsonl`, and `rollouts.jsonl` with so many times twelve answers a question; their number."""
    scaled.write(folder, copies=1)
    asked = scaled.real()
    with (folder / "rollouts.jsonl").open("w") as rollouts:
        for copy in range(copies):
            for position, one in enumerate(asked):
                for system, sql in enumerate(one.answers):
                    told = {"question_id": position, "sample": copy * scaled.K + system, "pred_sql": scaled.marked(sql, copy)}
                    rollouts.write(json.dumps(told) + "\n")
    return copies * len(asked) * scaled.K


def run() -> Iterator[Measured]:
    """Measure both steps at each size."""
    for size in SIZES:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            n, lake = write(folder, scaled.copies_of(size)), folder / "lake"
            add = ["benchmark", "add", folder / "questions.jsonl", "--name", "many", "--databases", scaled.DATABASES]
            measure("benchmark add", add, lake)
            import_ = ["import", "jsonl", folder / "rollouts.jsonl", "--benchmark", "many", "--run", "run"]
            yield measure(f"import, {n:,} answers to 1,034 questions", import_, lake, BOUND)
            yield measure(f"execute --dry-run, {n:,} answers", ["execute", "--dry-run"], lake, BOUND)


if __name__ == "__main__":
    sys.stdout.write(f"{machine()}\n\n{table(run())}\n")
