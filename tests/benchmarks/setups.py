"""The same work on each set-up: a folder with one process and with two, PostgreSQL with S3, and Ray on this machine.

Candidates as in the benchmark of growth; TEXT2SQL_BENCH_SETUPS, such as `12408,1000000`, names other numbers; ten million have
sections of their own. The servers are real ones on loopback: PostgreSQL, and rclone for the API of S3. They take part of the
processors and of the memory, so labels and what comes after them get 12 GB there (TEXT2SQL_MEMORY); what a network adds is not
in it. With one process that executes, DuckDB has one thread as well; the command itself still prepares work beside it. The start
and the end of Ray are in its figure. There, and on PostgreSQL with S3, processor time and memory are those of the whole machine,
for servers and Ray's workers are no children of the command: the peak is what all processes together had more than before the
step, without the files (programs and libraries among them) that are part of the peak of one process.

Beside them stands what plain scripts took in the same run (see growth), executing with one process beside one, else with two.
"""

import os
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests import servers
from tests.benchmarks import scaled, whole_path
from tests.benchmarks.growth import exponents
from tests.benchmarks.measuring import Measured, machine, mean, measure, table

SIZES = tuple(int(size) for size in os.environ.get("TEXT2SQL_BENCH_SETUPS", "12408,1000000").split(","))
LARGE = (1_000_000, 10_000_000, 1_000_000)
"""A machine may become slower in an hour: one million is measured before and after, and its figures are the mean of both."""
SETUPS = ("one process", "two processes", "Ray", "PostgreSQL and S3")
_BESIDE_SERVERS = "12GB"


@contextmanager
def shared() -> Iterator[tuple[str, str, Mapping[str, str]]]:
    """Where a lake of a team can be made: its address, that of its data, and who one is to both servers."""
    with tempfile.TemporaryDirectory(prefix="text2sql-postgres-") as place, tempfile.TemporaryDirectory() as objects:
        Path(place).chmod(0o755)  # the server runs as another user
        Path(objects, "lakes").mkdir()  # a bucket
        with servers.s3_over(Path(objects)) as url, servers.postgres(Path(place) / "cluster") as server:
            environment = {"PGPASSWORD": servers.PASSWORD, "AWS_ENDPOINT_URL": url, **servers.CREDENTIALS}
            yield server.url(), "s3://lakes/lake", environment


def on(setup: str, folder: Path, plain: Mapping[str, float]) -> Iterator[Measured]:
    """Measure all steps on one of the set-ups, with the candidates that are in the folder."""
    lake = folder / "lake"
    match setup:
        case "one process":
            one = {"TEXT2SQL_THREADS": "1"}
            yield from whole_path.steps(folder, lake, execute=["--processes", "1"], environment=one, plain=plain)
        case "two processes":
            yield from whole_path.steps(folder, lake, execute=["--processes", "2"], plain=plain)
        case "Ray":
            yield from whole_path.steps(folder, lake, execute=["--on", "ray"], plain=plain, whole_machine=True)
        case _:
            with shared() as (address, data, environment):
                yield measure("init", ["init", "--data", data], address, environment, whole_machine=True)
                yield from whole_path.steps(
                    folder,
                    address,
                    execute=["--processes", "2"],
                    environment=environment,
                    memory=_BESIDE_SERVERS,
                    plain=plain,
                    whole_machine=True,
                )


def grown(setups: Sequence[str], numbers: Sequence[int], *, compared: bool) -> str:
    """Measure so many candidates on each set-up: a table of each number, and that of the exponents.

    If compared, plain scripts are measured as well, with as many processes as execute there.
    """
    sizes: dict[int, dict[str, Measured]] = {}
    for number in numbers:
        copies = scaled.copies_of(number)
        n = copies * scaled.QUESTIONS * scaled.K
        of_size = sizes.setdefault(n, {})
        scripts: dict[int, Mapping[str, float]] = {}
        for setup in setups:
            processes = 1 if setup == "one process" else 2
            with tempfile.TemporaryDirectory() as name:
                whole_path.write(Path(name), copies)
                if compared and processes not in scripts:
                    scripts[processes] = whole_path.plain_steps(Path(name), copies, processes)
                for one in on(setup, Path(name), scripts.get(processes, {})):
                    row = one._replace(what=f"{one.what}, {setup}")
                    of_size[row.what] = mean(of_size[row.what], row) if row.what in of_size else row
                    sys.stderr.write(f"{n:,}: {row}\n")  # a figure that took an hour is not lost with what comes after it
    tables = [f"{n:,} candidates:\n\n{table(found.values())}" for n, found in sizes.items()]
    return "\n\n".join([*tables, *([exponents(sizes)] if len(sizes) > 1 else [])])


def written() -> str:
    """Measure every set-up."""
    return grown(SETUPS, SIZES, compared=True)


if __name__ == "__main__":
    sys.stdout.write(f"{machine()}\n\n{written()}\n")
