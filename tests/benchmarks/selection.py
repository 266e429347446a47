"""Selectors over one million candidates, and features of 200,000 with SQL of the length that models write, as whole processes.

The lakes are that of the benchmark of figures: a question has eight answers with up to five different results.
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
WITH_FEATURES = 200_000
_METHODS = ("majority", "rules", "weighted")
_SHORT = "'SELECT ' || q || ' + ' || v"
_LONG = (
    "'SELECT T1.name, T2.city, count(*) AS n FROM customer_orders AS T1 JOIN customers AS T2 ON T1.customer_id = T2.customer_id"
    " WHERE T1.ordered > ' || q || CASE v WHEN 1 THEN ' AND T2.city <> ''Oslo''' WHEN 2 THEN ' OR T1.price IS NULL'"
    " WHEN 3 THEN ' AND T1.price = (SELECT max(price) FROM customer_orders)' ELSE '' END ||"
    " ' GROUP BY T1.name, T2.city ORDER BY n DESC LIMIT ' || (v + 1)"
)
_RESULT = (
    "1.0 AS elapsed_ms, CASE WHEN v < 4 THEN ['name', 'city', 'n'] END AS columns,"
    """ CASE WHEN v < 4 THEN '[["Ada","Oslo",' || v || '],["Bo",null,0]]' END AS preview"""
)


def run() -> list[Measured]:
    """Choose by three methods, once more with nothing left to do, and compute the figures; then build features, twice."""
    with tempfile.TemporaryDirectory() as folder:
        # In processes of their own: the peak that Linux counts for a child begins with that of its parent.
        for kind, size in (("short", SIZE), ("long", WITH_FEATURES)):
            subprocess.run([sys.executable, "-m", "tests.benchmarks.selection", kind, folder, str(size)], check=True)
        lake, long = Path(folder) / "short", Path(folder) / "long"
        build = ["features", "build", "--run", "run0"]
        return [
            *(
                measure(f"select run {method}, {SIZE:,} candidates", ["select", "run", method, "--run", "run0"], lake)
                for method in _METHODS
            ),
            measure("select run majority, repeated", ["select", "run", "majority", "--run", "run0"], lake),
            measure(f"eval --selector majority, {SIZE:,} candidates", ["eval", "--selector", "majority", "--json"], lake),
            measure(f"features build, {WITH_FEATURES:,} candidates", build, long),
            measure("features build, repeated", build, long),
        ]


def _fill(lake: Lake, kind: str, size: int) -> None:
    if kind == "long":
        for selects in (figures.QUESTIONS, figures.ANSWERS):
            selects |= {name: select.replace(_SHORT, _LONG) for name, select in selects.items()}
        figures.QUESTIONS["executions"] = figures.QUESTIONS["executions"].replace("1.0 AS elapsed_ms", _RESULT)
    figures.fill(lake, size)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        with store.open(Path(sys.argv[2]) / sys.argv[1]) as opened:
            _fill(opened, sys.argv[1], int(sys.argv[3]))
    else:
        sys.stdout.write(f"{machine()}\n\n{table(run())}\n")
