"""What becomes of facts when files are damaged, workers killed and memory short: each scenario breaks things often, and counts.

`python -m tests.store.damage` runs all of them at length and prints the second table of docs/faults.md; the tests run them
briefly.
"""

import argparse
import contextlib
import functools
import itertools
import json
import os
import random
import runpy
import shutil
import signal
import sqlite3
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

import duckdb

import store
from store import address, backups, pins
from tests import servers
from tests.test_memory_pressure import FACTS, facts, steps, t2s
from text2sql_data.benchmarks import read
from text2sql_data.benchmarks.adding import add_benchmark
from text2sql_data.execution.executing import execute
from text2sql_data.execution.limits import Limits
from text2sql_data.importers import jsonl
from text2sql_data.importers.importing import Source, import_runs

PROGRAM = runpy.run_path(str(Path(__file__).parent / "processes.py"))
_TABLES = ("prompts", "rejects", "pins", "pin_rows")
_STATEMENTS = 300
_NODE = {"num_cpus": 1, "object_store_memory": 80 << 20}
_SLOW = (
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 20000) "
    "SELECT max(i) + {n}, sum(a) FROM n CROSS JOIN t WHERE a < 3"
)
Facts = dict[str, list[tuple[object, ...]]]


class Damage(NamedTuple):
    """What was counted.

    Attributes:
        broken: How often something was broken.
        told: After how many of these something failed, and said what to do, or `t2s check` named it.
        harmless: After how many everything was done and read as ever.
        untold: After how many something failed that did not say what to do.
        wrong: After how many something else was read, or kept, than is true, and nothing said so.
        lost: Facts that are not there in the end, after what the message advises.
        doubled: Facts that are there twice.
    """

    broken: int = 0
    told: int = 0
    harmless: int = 0
    untold: int = 0
    wrong: int = 0
    lost: int = 0
    doubled: int = 0

    @property
    def sound(self) -> bool:
        """Whether every failure had a remedy, and nothing was wrong, lost or doubled."""
        return not (self.untold or self.wrong or self.lost or self.doubled)

    def __add__(self, other: tuple[object, ...]) -> "Damage":  # type: ignore[override]  # counts are added
        """Both together."""
        return Damage(*(one + another for one, another in zip(self, other, strict=True)))  # type: ignore[operator]


def write(place: str, commits: int = 24) -> Facts:
    """Commits to two tables, a pinned dataset of two hundred rows, and all that is there then."""
    from tests.store.test_pins import pin

    with store.open(place, create=False) as lake:
        for n in range(commits):
            PROGRAM["commit"](lake, "w", n)
        pin(lake, [("train", f"row {n}", {"prompt": f"Question {n}?", "completion": f"SELECT {n}"}) for n in range(200)])
        lake.compact()
    return everything(place)


def everything(place: str) -> Facts:
    """All rows of the tables that have some; the lake is checked, and its pins are verified."""
    with store.open(place, create=False) as lake:
        if problems := lake.check():
            raise store.StoreError(f"t2s check: {problems[0]}", "named by t2s check")
        for one in pins.pins(lake):
            pins.check(lake, one)
        return {table: lake.sql(f"FROM {table} ORDER BY ALL").fetchall() for table in _TABLES}


def judge(place: str, before: Facts) -> Damage:
    """What a reader finds after something was broken."""
    try:
        now = everything(place)
    except store.StoreError as error:
        return Damage(1, told=1) if error.hint else Damage(1, untold=1)
    except duckdb.Error as error:
        sys.stderr.write(f"no remedy: {error}\n")
        return Damage(1, untold=1)
    return Damage(1, harmless=1) if now == before else Damage(1, wrong=1)


def missing(before: Facts, after: Facts) -> Damage:
    """What is lost and what is doubled in the end."""
    was, now = ({table: [repr(row) for row in rows] for table, rows in facts_.items()} for facts_ in (before, after))
    lost = sum(len(set(rows) - set(now[table])) for table, rows in was.items())
    return Damage(lost=lost, doubled=sum(len(rows) - len(set(rows)) for rows in now.values()))


def files_damaged(
    folder: Path, how: Callable[[Path, random.Random], None], rounds: int, tables: Sequence[str] = _TABLES
) -> Damage:
    """Data files of some tables are damaged, one at a time, and put back as from a back-up."""
    before, moments, counted = write(str(folder)), random.Random(3), Damage()  # noqa: S311 - moments
    with store.open(folder, create=False) as lake:
        listed = [lake.sql("SELECT data_file FROM ducklake_list_files('lake', $table)", table=table) for table in tables]
        named = [path for found in listed for (path,) in found.fetchall()]
    for _ in range(rounds):
        path = Path(moments.choice(named))
        content = path.read_bytes()
        how(path, moments)
        counted += judge(str(folder), before)
        path.write_bytes(content)
    return counted + missing(before, everything(str(folder)))


def truncate(path: Path, moments: random.Random) -> None:
    """Cut a file somewhere."""
    os.truncate(path, moments.randrange(path.stat().st_size))


def overwrite(path: Path, moments: random.Random) -> None:
    """Write a page of garbage somewhere, where a page begins."""
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(moments.randrange(max(1, size // 4096)) * 4096)
        file.write(moments.randbytes(min(4096, size)))


def catalog_damaged(folder: Path, place: Path, rounds: int) -> Damage:
    """Pages of a SQLite catalog are overwritten, one at a time; where that is told, the lake is restored from its back-up."""
    before, moments, counted = write(str(folder)), random.Random(4), Damage()  # noqa: S311 - moments
    backups.back_up_lake(address.parse(str(folder)), place / "backups")
    catalog = folder / "catalog.sqlite"
    content = catalog.read_bytes()
    for number in range(rounds):
        overwrite(catalog, moments)
        said = judge(str(folder), before)
        counted += said
        if said.told:
            restored = place / f"restored{number}"
            backups.restore(place / "backups", address.parse(str(restored)))
            counted += missing(before, everything(str(restored)))
            shutil.rmtree(restored)
        for beside in folder.glob("catalog.sqlite*"):
            beside.unlink()
        catalog.write_bytes(content)
    return counted


def shared_catalog_damaged(server: servers.Postgres, url: str, data: str, place: Path, every: int = 1) -> Damage:
    """Tables of a catalog in PostgreSQL are dropped in turn, all or every so many-th; the lake is restored from its back-up."""
    schema = url.partition("schema=")[2]
    store.open(url, data=data).close()
    before, counted = write(url), Damage()
    backups.back_up_lake(address.parse(url), place / "backups")
    listed = f"SELECT table_name FROM information_schema.tables WHERE table_schema = '{schema}' ORDER BY 1"
    for number, table in enumerate(server.sql(listed).split()[::every]):
        server.sql(f'DROP TABLE "{schema}"."{table}"')
        # After an error DuckDB keeps a transaction of PostgreSQL open as long as its process lives.
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as reader:
            counted += reader.submit(judge, url, before).result()
        server.sql(f'DROP SCHEMA "{schema}" CASCADE')
        backups.restore(place / "backups", address.parse(url, f"{data}-{number}"))
        counted += missing(before, everything(url))
    return counted


@contextlib.contextmanager
def asked(folder: Path, statements: int = _STATEMENTS) -> Iterator[tuple[store.Lake, Path]]:
    """A lake with statements to execute, of some milliseconds each, and their database."""
    database = folder / "b/database/d/d.sqlite"
    database.parent.mkdir(parents=True)
    with contextlib.closing(sqlite3.connect(database)) as connection:
        rows = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 5000) SELECT i, hex(randomblob(100)) FROM n"
        connection.executescript(f"CREATE TABLE t (a INTEGER PRIMARY KEY, b); INSERT INTO t {rows}")
    (folder / "b/dev.json").write_text(json.dumps([{"db_id": "d", "question": "q", "query": "SELECT max(a) FROM t"}]))
    (folder / "answers.json").write_text(
        json.dumps([{"position": 0, "pred_sqls": [_SLOW.format(n=n) for n in range(statements)]}])
    )
    with store.open(folder / "lake") as lake:
        add_benchmark(lake, "b", read(folder / "b/dev.json"))
        import_runs(lake, jsonl.FORMAT, [Source("run", "run", (folder / "answers.json",))], benchmark="b")
        yield lake, database


def outcomes(lake: store.Lake) -> dict[str, tuple[object, ...]]:
    """What is known of each statement that came to an end."""
    rows = lake.sql("SELECT sql, n_rows, set_digest, preview FROM executions WHERE status = 'ok'").fetchall()
    return {sql: row for sql, *row in rows}


def workers_killed(folder: Path, kills: int) -> Damage:
    """Workers are killed with SIGKILL while they execute: at most the statement that one was at is without a result."""
    from tests.text2sql_data.execution.test_pool import children

    moments, done = random.Random(5), 0  # noqa: S311 - moments

    def kill(_: int) -> None:
        nonlocal done
        workers = children(os.getpid())
        if workers and done < kills and moments.random() < 2 * kills / _STATEMENTS:
            os.kill(moments.choice(workers), signal.SIGKILL)
            done += 1

    with asked(folder / "broken") as (lake, _), asked(folder / "whole") as (other, _):
        executed = execute(lake, Limits(), processes=2, started=lambda _: kill)
        execute(other, Limits(), processes=2)
        true, found = outcomes(other), outcomes(lake)
        rows, different = lake.sql("SELECT count(*), count(DISTINCT sql_id) FROM executions").fetchall()[0]
        told = executed.statuses.get("crashed", 0)
        return Damage(
            done,
            told=told,
            harmless=done - told,  # between two statements
            wrong=sum(true[sql] != row for sql, row in found.items()),
            lost=len(true) - different,
            doubled=rows - different,
        )


def machines_killed(folder: Path, kills: int) -> Damage:
    """One of two machines of a Ray cluster is killed with all that runs there, and another one joins: the other ones go on."""
    from ray.cluster_utils import Cluster

    statements, seen, done = 400 * (kills + 1), 0, 0
    cluster = Cluster(initialize_head=True, head_node_args=_NODE)
    second = cluster.add_node(**_NODE)

    def kill(executed: int) -> None:
        nonlocal second, seen, done
        seen += executed
        if done < kills and seen >= 400 * (done + 1):
            cluster.remove_node(second, allow_graceful=False)
            second = cluster.add_node(**_NODE)
            done += 1

    with contextlib.ExitStack() as stack:
        stack.callback(cluster.shutdown)
        lake, _ = stack.enter_context(asked(folder / "broken", statements))
        other, _ = stack.enter_context(asked(folder / "whole", statements))
        executed = execute(lake, Limits(), on="ray", ray_address=cluster.address, started=lambda _: kill)
        execute(lake, Limits(), processes=2)  # as is said where some were lost
        execute(other, Limits(), processes=2)
        true, found = outcomes(other), outcomes(lake)
        rows = lake.sql("SELECT count(*) FROM executions").fetchall()[0][0]
    told = min(done, executed.statuses.get("lost", 0))
    return Damage(
        done,
        told=told,
        harmless=done - told,
        wrong=sum(true[sql] != row for sql, row in found.items()),
        lost=len(true.keys() - found.keys()),
        doubled=rows - len(true),
    )


def database_changes(folder: Path, rounds: int) -> Damage:
    """The database is written to, or cut, while SQL is executed on it: what is kept is true of the file that was added."""
    moments, counted = random.Random(6), Damage()  # noqa: S311 - moments
    with asked(folder / "whole") as (other, database):
        execute(other, Limits())
        true = outcomes(other)
        kept = folder / "kept.sqlite"
        shutil.copy2(database, kept)
    for number in range(rounds):
        with asked(folder / str(number)) as (lake, database):
            kept = folder / f"kept{number}.sqlite"
            shutil.copy2(database, kept)
            change = functools.partial(moments.choice([_insert, truncate]), database, moments)
            step = after(moments.randrange(_STATEMENTS), change)
            executed = execute(lake, Limits(), started=lambda _, step=step: step)
            wrong = any(true[sql] != row for sql, row in outcomes(lake).items())
            told = bool(executed.unusable)
            counted += Damage(1, told=told, wrong=wrong, harmless=not (told or wrong))
            shutil.copy2(kept, database)
            execute(lake, Limits())
            found = outcomes(lake)
            rows = lake.sql("SELECT count(*) FROM executions").fetchall()[0][0]
            counted += Damage(lost=len(true.keys() - found.keys()), doubled=rows - len(found))
    return counted


def after(number: int, do: Callable[[], None]) -> Callable[[int], None]:
    """Something to be called at each step, which does a thing at one of them."""
    steps_ = itertools.count()

    def step(_: int) -> None:
        if next(steps_) == number:
            do()

    return step


def _insert(path: Path, _: random.Random) -> None:
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.executescript("INSERT INTO t VALUES (0, 'new'), (-1, 'new')")


def memory_short(folder: Path, limits: list[str]) -> Damage:
    """Commands have only so much memory; each that fails is run again with enough."""
    for words in steps(folder / "demo"):
        assert t2s(folder / "whole", *words)[0] == 0
    before, counted = facts(folder / "whole"), Damage()
    for limit in limits:
        lake = folder / limit
        store.open(lake).close()
        for words in steps(folder / f"demo{limit}"):
            code, said = t2s(lake, *words, memory=limit)
            counted += Damage(
                1,
                harmless=not code,
                told=bool(code and "TEXT2SQL_MEMORY" in said),
                untold=bool(code and "TEXT2SQL_MEMORY" not in said),
            )
            if code:
                t2s(lake, *words)
        after = facts(lake)
        counted += missing(before, after) + Damage(wrong=after["figures"] != before["figures"])
    assert set(before) == set(FACTS)
    return counted


def main() -> None:
    """Run everything, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=100)
    rounds = parser.parse_args().rounds
    say = sys.stdout.write
    say(f"| scenario | {' | '.join(Damage._fields)} |\n|{'---|' * (len(Damage._fields) + 1)}\n")

    unsound = []

    def show(name: str, run: Callable[[], Damage]) -> None:
        counted = run()
        unsound.extend([] if counted.sound else [name])
        say(f"| {name} | {' | '.join(str(int(value)) for value in counted)} |\n")
        sys.stdout.flush()

    def lake(name: str) -> Path:
        store.open(place / name).close()
        return place / name

    with tempfile.TemporaryDirectory() as named, contextlib.ExitStack() as stack:
        place = Path(named)
        place.chmod(0o755)
        show("Parquet files cut", lambda: files_damaged(lake("cut"), truncate, rounds))
        show(
            "Parquet files overwritten, of a pinned dataset",
            lambda: files_damaged(lake("overwritten"), overwrite, rounds, ["pin_rows"]),
        )
        show("pages of a SQLite catalog overwritten", lambda: catalog_damaged(lake("catalog"), place, rounds))
        show("workers killed with `kill -9` while they execute", lambda: workers_killed(place / "killed", rounds))
        show("machines of a Ray cluster killed while they execute", lambda: machines_killed(place / "machines", rounds // 10))
        show("database written to or cut while SQL is executed on it", lambda: database_changes(place / "changed", rounds // 10))
        show("memory short: 12 to 48 MB", lambda: memory_short(place / "memory", ["12MB", "16MB", "24MB", "32MB", "48MB"]))
        server = stack.enter_context(servers.postgres(place / "cluster"))
        url = stack.enter_context(servers.s3())
        servers.make_bucket(url, "lakes")
        os.environ.update({"PGPASSWORD": servers.PASSWORD, "AWS_ENDPOINT_URL": url, **servers.CREDENTIALS})
        shared = f"{server.url()}?schema=damaged"
        show(
            "tables of a PostgreSQL catalog dropped",
            lambda: shared_catalog_damaged(server, shared, "s3://lakes/damaged", place / "shared"),
        )
    if unsound:
        sys.exit(f"not as it should be: {', '.join(unsound)}")


if __name__ == "__main__":
    main()
