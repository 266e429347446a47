"""The same work on each set-up: a folder with one process and with two, PostgreSQL with S3, and Ray on this machine.

Candidates as in the benchmark of growth; TEXT2SQL_BENCH_SETUPS, such as `12408,1000000`, names other numbers. The servers are
real ones on loopback (PostgreSQL; moto for the API of S3, whose data is in its memory): what a network adds is not in it. With
one process that executes, DuckDB has one thread as well; the command itself still prepares work beside it. The start and the end
of Ray are in its figure. What servers and Ray's workers take is not counted as the command's, so processor time and peak are left
out there.
"""

import os
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests import servers
from tests.benchmarks import scaled
from tests.benchmarks.growth import RECIPE, exponents
from tests.benchmarks.measuring import Measured, machine, measure, table, total

SIZES = tuple(int(size) for size in os.environ.get("TEXT2SQL_BENCH_SETUPS", "12408,1000000").split(","))
_ONE = {"TEXT2SQL_THREADS": "1"}
_ALONE = ("one process", "two processes")


def steps(name: str, folder: Path, lake: str | Path, execute: list[str], environment: Mapping[str, str]) -> Iterator[Measured]:
    """Measure each step on one set-up."""
    commands = {
        "benchmark add": [folder / "questions.jsonl", "--name", "many", "--databases", scaled.DATABASES],
        "import": ["jsonl", folder / "rollouts.jsonl", "--benchmark", "many", "--run", "run"],
        "execute": execute,
        "label": ["--comparator", "bird"],
        "eval": ["--json"],
        "pairs mine": ["run", "--name", "pairs"],
        "dataset build": [folder / "recipe.yaml", "--output", folder / name],
        "report runs": ["--html", folder / f"{name}.html"],
    }
    done = [measure(f"{step}, {name}", [*step.split(), *words], lake, environment) for step, words in commands.items()]
    if name not in _ALONE:
        done = [one._replace(cpu_s=None, peak_mb=None) for one in done]
    yield from [*done, total(f"**all, {name}**", done)]


@contextmanager
def shared() -> Iterator[tuple[str, str, Mapping[str, str]]]:
    """Where a lake of a team can be made: its address, that of its data, and who one is to both servers."""
    with tempfile.TemporaryDirectory(prefix="text2sql-postgres-") as place, servers.s3() as url:
        Path(place).chmod(0o755)  # the server runs as another user
        servers.make_bucket(url, "lakes")
        with servers.postgres(Path(place) / "cluster") as server:
            environment = {"PGPASSWORD": servers.PASSWORD, "AWS_ENDPOINT_URL": url, **servers.CREDENTIALS}
            yield server.url(), "s3://lakes/lake", environment


def all_setups(folder: Path, copies: int) -> Iterator[Measured]:
    """Measure all set-ups with so many copies of the candidates, one after the other."""
    scaled.write(folder, copies)
    (folder / "recipe.yaml").write_text(RECIPE)
    yield from steps("one process", folder, folder / "one", ["--processes", "1"], _ONE)
    yield from steps("two processes", folder, folder / "two", ["--processes", "2"], {})
    yield from steps("Ray", folder, folder / "ray", ["--on", "ray"], {})
    with shared() as (address, data, environment):
        made = measure("init, PostgreSQL and S3", ["init", "--data", data], address, environment)
        yield made._replace(cpu_s=None, peak_mb=None)
        yield from steps("PostgreSQL and S3", folder, address, ["--processes", "2"], environment)


def written() -> str:
    """Measure every size: a table of each, and that of the exponents."""
    sizes: dict[int, dict[str, Measured]] = {}
    for size in SIZES:
        copies = scaled.copies_of(size)
        with tempfile.TemporaryDirectory() as name:
            measured = list(all_setups(Path(name), copies))
        sizes[copies * scaled.QUESTIONS * scaled.K] = {one.what: one for one in measured}
    tables = [f"{n:,} candidates:\n\n{table(found.values())}" for n, found in sizes.items()]
    return "\n\n".join([*tables, *([exponents(sizes)] if len(sizes) > 1 else [])])


if __name__ == "__main__":
    sys.stdout.write(f"{machine()}\n\n{written()}\n")
