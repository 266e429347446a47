"""What Ray costs beside the processes of one machine: the command on twelve systems, and statements with a Ray that runs already.

Each is measured alternately and several times; the best of each is shown, for other work on the machine only adds to it.
"""

import shutil
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

from store.ids import file_sha256
from tests.benchmarks.measuring import REAL_DATA, machine, measure
from text2sql_data.execution import on_ray, pool, ray_cluster
from text2sql_data.execution.limits import Limits
from text2sql_data.execution.outcome import Task

_TIMES = 3
_SLOW = "WITH RECURSIVE n(i) AS (SELECT {n} UNION ALL SELECT i + 1 FROM n LIMIT 1000000) SELECT max(i) FROM n"


def commands(folder: Path) -> Iterator[tuple[str, float, float]]:
    """`t2s execute` of twelve systems on Spider dev, the start and the end of Ray included."""
    lake = folder / "lake"
    measure("add", ["benchmark", "add", REAL_DATA / "spider/dev.json", "--name", "spider_dev"], lake)
    predictions = sorted((REAL_DATA / "spider/predictions").glob("*.sql"))
    measure("import", ["import", "spider", *predictions, "--benchmark", "spider_dev"], lake)

    def run(on: str) -> float:
        copy = folder / "copy"
        shutil.copytree(lake, copy)
        wall = measure(on, ["execute", "--on", on], copy).wall_s
        shutil.rmtree(copy)
        return wall

    yield "`t2s execute`, the statements of 12 systems on Spider dev", *_best(lambda: run("local"), lambda: run("ray"))


def statements(folder: Path) -> Iterator[tuple[str, float, float]]:
    """Outcomes of quick and of slow statements, without a lake, with two workers each."""
    path = folder / "d.sqlite"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE t(a INTEGER PRIMARY KEY, b TEXT)")
        connection.executemany("INSERT INTO t VALUES (?, ?)", [(n, f"text {n % 7}") for n in range(100)])
    name = file_sha256(path)[:32]
    works = {
        "20,000 statements of 0.1 ms": [f"SELECT a, b FROM t WHERE a < {n % 20} AND {n}" for n in range(20_000)],
        "40 statements of 0.2 s in one batch": [_SLOW.format(n=n) for n in range(40)],
    }
    with ray_cluster.connected("local", 2):
        for what, texts in works.items():
            tasks = [Task(name, str(path), str(n), sql) for n, sql in enumerate(texts)]
            yield (
                what,
                *_best(
                    lambda tasks=tasks: _timed(lambda: pool.execute(tasks, Limits(), processes=2)),  # type: ignore[misc]
                    lambda tasks=tasks: _timed(lambda: on_ray.execute(tasks, Limits(), processes=2)),  # type: ignore[misc]
                ),
            )


def _timed(work: Callable[[], Iterator[object]]) -> float:
    start = time.perf_counter()
    for _ in work():
        pass
    return time.perf_counter() - start


def _best(local: Callable[[], float], ray: Callable[[], float]) -> tuple[float, float]:
    pairs = [(local(), ray()) for _ in range(_TIMES)]
    return min(one for one, _ in pairs), min(other for _, other in pairs)


def written() -> str:
    """The table."""
    lines = ["| what | local (s) | Ray (s) | difference (s) |", "|---|---:|---:|---:|"]
    with tempfile.TemporaryDirectory() as folder:
        for part in (commands, statements):
            lines += [f"| {what} | {local:.1f} | {ray:.1f} | {ray - local:.1f} |" for what, local, ray in part(Path(folder))]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.stdout.write(f"{machine()}\n\n{written()}\n")
