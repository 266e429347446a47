"""The same work on each set-up: a folder with one process and with two, PostgreSQL with S3, and Ray on this machine.

Candidates as in the benchmark of growth; TEXT2SQL_BENCH_SETUPS, such as `12408,1000000`, names other numbers; ten million have
sections of their own. The servers are real ones on loopback: PostgreSQL, and rclone for the API of S3. They take part of the
processors and of the memory, so labels and what comes after them get 12 GB there (TEXT2SQL_MEMORY); what a network adds is not
in it. With one process that executes, DuckDB has one thread as well; the command itself still prepares work beside it. The start
and the end of Ray are in its figure. What servers and Ray's workers take is not counted as the command's, so processor time and
peak are left out there.
"""

import os
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests import servers
from tests.benchmarks import scaled
from tests.benchmarks.growth import RECIPE, exponents
from tests.benchmarks.measuring import Measured, machine, mean, measure, table, total

SIZES = tuple(int(size) for size in os.environ.get("TEXT2SQL_BENCH_SETUPS", "12408,1000000").split(","))
LARGE = (1_000_000, 10_000_000, 1_000_000)
"""A machine may become slower in an hour: one million is measured before and after, and its figures are the mean of both."""
SETUPS = ("one process", "two processes", "Ray", "PostgreSQL and S3")
_ONE = {"TEXT2SQL_THREADS": "1"}
_BESIDE_SERVERS = {"TEXT2SQL_MEMORY": "12GB"}
_BOUNDED = ("benchmark add", "import", "execute")
"""Steps whose memory is bounded anyway."""
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
    done = []
    for step, words in commands.items():
        beside = _BESIDE_SERVERS if isinstance(lake, str) and step not in _BOUNDED else {}
        one = measure(f"{step}, {name}", [*step.split(), *words], lake, {**environment, **beside})
        done.append(one if name in _ALONE else one._replace(cpu_s=None, peak_mb=None))
        yield done[-1]
    yield total(f"**all, {name}**", done)


@contextmanager
def shared() -> Iterator[tuple[str, str, Mapping[str, str]]]:
    """Where a lake of a team can be made: its address, that of its data, and who one is to both servers."""
    with tempfile.TemporaryDirectory(prefix="text2sql-postgres-") as place, tempfile.TemporaryDirectory() as objects:
        Path(place).chmod(0o755)  # the server runs as another user
        Path(objects, "lakes").mkdir()  # a bucket
        with servers.s3_over(Path(objects)) as url, servers.postgres(Path(place) / "cluster") as server:
            environment = {"PGPASSWORD": servers.PASSWORD, "AWS_ENDPOINT_URL": url, **servers.CREDENTIALS}
            yield server.url(), "s3://lakes/lake", environment


def on(setup: str, folder: Path) -> Iterator[Measured]:
    """Measure all steps on one of the set-ups, with the candidates that are in the folder."""
    match setup:
        case "one process":
            yield from steps(setup, folder, folder / "one", ["--processes", "1"], _ONE)
        case "two processes":
            yield from steps(setup, folder, folder / "two", ["--processes", "2"], {})
        case "Ray":
            yield from steps(setup, folder, folder / "ray", ["--on", "ray"], {})
        case _:
            with shared() as (address, data, environment):
                made = measure(f"init, {setup}", ["init", "--data", data], address, environment)
                yield made._replace(cpu_s=None, peak_mb=None)
                yield from steps(setup, folder, address, ["--processes", "2"], environment)


def grown(setups: Sequence[str], numbers: Sequence[int]) -> str:
    """Measure so many candidates on each set-up: a table of each number, and that of the exponents."""
    sizes: dict[int, dict[str, Measured]] = {}
    for number in numbers:
        copies = scaled.copies_of(number)
        n = copies * scaled.QUESTIONS * scaled.K
        for setup in setups:
            with tempfile.TemporaryDirectory() as name:
                scaled.write(Path(name), copies)
                (Path(name) / "recipe.yaml").write_text(RECIPE)
                of_size = sizes.setdefault(n, {})
                for one in on(setup, Path(name)):
                    of_size[one.what] = mean(of_size[one.what], one) if one.what in of_size else one
                    sys.stderr.write(f"{n:,}: {one}\n")  # a figure that took an hour is not lost with what comes after it
    tables = [f"{n:,} candidates:\n\n{table(found.values())}" for n, found in sizes.items()]
    return "\n\n".join([*tables, *([exponents(sizes)] if len(sizes) > 1 else [])])


def written() -> str:
    """Measure every set-up."""
    return grown(SETUPS, SIZES)


if __name__ == "__main__":
    sys.stdout.write(f"{machine()}\n\n{written()}\n")
