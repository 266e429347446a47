"""Twelve published systems on Spider dev: the three commands, and the same again when there is nothing left to do."""

import sys
import tempfile
from pathlib import Path

from tests.benchmarks.measuring import REAL_DATA, Measured, machine, measure, table, total


def run() -> list[Measured]:
    """Import, execute and label 12 x 1034 candidates, twice."""
    measured = []
    with tempfile.TemporaryDirectory() as folder:
        lake = Path(folder) / "lake"
        measured.append(
            measure(
                "benchmark add (1,034 questions, 20 databases)",
                ["benchmark", "add", REAL_DATA / "spider/dev.json", "--name", "spider_dev"],
                lake,
            )
        )
        commands = {
            "import 12 files": [
                "import",
                "spider",
                *sorted((REAL_DATA / "spider/predictions").glob("*.sql")),
                "--benchmark",
                "spider_dev",
            ],
            "execute": ["execute"],
            "label, bird and spider": ["label", "--comparator", "bird", "--comparator", "spider"],
        }
        for suffix in ("", ", repeated"):
            steps = [measure(what + suffix, arguments, lake) for what, arguments in commands.items()]
            measured += [*steps, total(f"**the three{suffix}**", steps)]
    return measured


if __name__ == "__main__":
    sys.stdout.write(f"{machine()}\n\n{table(run())}\n")
