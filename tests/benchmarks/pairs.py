"""Natural pairs with all measures from one million candidates: 125,000 questions with eight answers each, as a whole process.

The lake is that of the benchmark of figures, with SQL of the length that models write. A question has five different results, one
of them correct, so that most questions give a pair; a second set takes up to four pairs a question.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

import store
from store.lake import Lake
from tests.benchmarks import figures
from tests.benchmarks.measuring import Measured, machine, measure, table

SIZE = 1_000_000
_SHORT = "'SELECT ' || q || ' + ' || v"
_LONG = (
    "'SELECT T1.name, T2.city, count(*) AS n FROM customer_orders AS T1 JOIN customers AS T2 ON T1.customer_id = T2.customer_id"
    " WHERE T1.ordered > ' || q || CASE v WHEN 1 THEN ' AND T2.city <> ''É''' WHEN 2 THEN ' OR T1.price IS NULL' ELSE '' END ||"
    " ' GROUP BY T1.name, T2.city ORDER BY n DESC LIMIT ' || v"
)


def fill(lake: Lake) -> None:
    """The lake of the benchmark of figures, with longer SQL."""
    for selects in (figures.QUESTIONS, figures.ANSWERS):
        selects |= {name: select.replace(_SHORT, _LONG) for name, select in selects.items()}
    figures.fill(lake, SIZE)


def run() -> list[Measured]:
    """Fill a lake and mine its run twice: one pair a prompt, as published pipelines do, and up to four."""
    with tempfile.TemporaryDirectory() as folder:
        # In a process of its own: the peak that Linux counts for a child begins with that of its parent.
        subprocess.run([sys.executable, "-m", "tests.benchmarks.pairs", folder], check=True)
        lake = Path(folder) / "lake"
        mine = ["pairs", "mine", "run0", "--name"]
        return [
            measure(f"pairs mine, {SIZE:,} candidates", [*mine, "one"], lake),
            measure("every measure of these pairs (view pair_quality)", ["sql", "FROM pair_quality"], lake),
            measure(f"pairs mine --per-group 4, {SIZE:,} candidates", [*mine, "four", "--per-group", "4"], lake),
        ]


if __name__ == "__main__":
    if len(sys.argv) > 1:
        with store.open(Path(sys.argv[1]) / "lake") as opened:
            fill(opened)
    else:
        sys.stdout.write(f"{machine()}\n\n{table(run())}\n")
