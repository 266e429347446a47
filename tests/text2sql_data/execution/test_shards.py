"""Shards divide the work: together they do what one call does, none does what another does, and they may run at any time."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from itertools import groupby
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow.fs import FileSystem

import store
from text2sql_data.benchmarks import read
from text2sql_data.benchmarks.adding import add_benchmark
from text2sql_data.demo.databases import write_databases
from text2sql_data.execution import executing, shards
from text2sql_data.execution.limits import Limits
from text2sql_data.execution.shards import Shard, ShardError, parse

LIMITS = Limits(seconds=5.0)
SHARD = (executing._SQL / "shard.sql").read_text("utf-8")
WANTED = (executing._SQL / "wanted.sql").read_text("utf-8")
PENDING = (executing._SQL / "pending.sql").read_text("utf-8")
ROWS = "SELECT * EXCLUDE (elapsed_ms) FROM executions ORDER BY ALL"
NODE = """
import sys
from store.cli import main
from text2sql_data.execution import executing
executing.COMMIT_SECONDS = 0.05
print("ready", flush=True)
sys.stdin.readline()
main()
"""


def wanted(counts: list[int]) -> duckdb.DuckDBPyConnection:
    """Tables as the queries want them: so many statements on each database, of which none was executed."""
    connection = duckdb.connect(config={"threads": 1})
    connection.execute("CREATE TABLE statements (benchmark VARCHAR, db_id VARCHAR, sql VARCHAR)")
    connection.execute("CREATE TABLE current_databases (benchmark VARCHAR, db_id VARCHAR, database UUID)")
    connection.execute("CREATE TABLE executions (database UUID, sql_id UUID, settings VARCHAR)")
    for number, count in enumerate(counts):
        connection.execute("INSERT INTO current_databases VALUES ('b', $d, substr(sha256($d), 1, 32)::UUID)", {"d": str(number)})
        connection.execute(
            "INSERT INTO statements SELECT 'b', $d, 'SELECT ' || i FROM range($n) AS t(i)", {"d": str(number), "n": count}
        )
    connection.execute(f"CREATE TABLE wanted AS {WANTED}")
    return connection


def part(connection: duckdb.DuckDBPyConnection, shard: Shard) -> list[tuple[str, str]]:
    """Databases and identities of what a shard has to do."""
    rows = connection.execute(SHARD, {"settings": "s", "shard": shard.number, "shards": shard.of}).fetchall()
    return [(database, sql_id) for database, sql_id, _ in rows]


@settings(deadline=None, max_examples=25)
@given(st.lists(st.integers(0, 30), max_size=6), st.integers(1, 12), st.randoms(use_true_random=False))
def test_every_statement_is_in_one_shard(counts: list[int], of: int, random: object) -> None:
    """The shards are disjoint and complete, and what was executed in the meantime moves nothing from one to another."""
    with wanted(counts) as connection:
        everything = [(d, s) for d, s, _ in connection.execute(PENDING, {"settings": "s"}).fetchall()]
        parts = [part(connection, Shard(number, of)) for number in range(1, of + 1)]
        assert Counter(one for found in parts for one in found) == Counter(everything)
        done = random.sample(everything, len(everything) // 2)  # type: ignore[attr-defined]
        if done:
            connection.executemany("INSERT INTO executions VALUES (?, ?, 's')", done)
        for number, before in enumerate(parts, 1):
            assert set(part(connection, Shard(number, of))) == set(before) - set(done)


@pytest.mark.parametrize("counts", [[200] * 40, [20_000, *[50] * 20], [5_000]])
@pytest.mark.parametrize("of", [1, 3, 16])
def test_shards_are_of_one_size(counts: list[int], of: int) -> None:
    """Also where one database dominates; and of all databases together no more than one a shard is divided once more."""
    with wanted(counts) as connection:
        parts = [part(connection, Shard(number, of)) for number in range(1, of + 1)]
        mean = sum(counts) / of
        assert all(abs(len(found) - mean) <= 0.12 * mean for found in parts)
        assert sum(len({database for database, _ in found}) for found in parts) <= len(counts) + of - 1


@pytest.mark.parametrize(
    "text", ["0/4", "5/4", "x", "", "3", "3/", "/3", "1/0", "0/0", "-1/4", "1.0/4", "1/4/2", "\u0661/\u0664"]
)
def test_no_such_shard(text: str) -> None:
    """What is no shard is refused with what would be one."""
    with pytest.raises(ShardError) as caught:
        parse(text)
    assert "3/8" in caught.value.hint or "1/8" in caught.value.hint


def test_shards_are_counted_from_one() -> None:
    """The first of four is 1/4, and the last 4/4."""
    assert [parse(text) for text in ("1/4", " 4 / 4 ", "1/1")] == [(1, 4), (4, 4), (1, 1)]
    assert str(shards.parse("04/08")) == "4/8"


def test_shards_do_what_one_call_does(folder: Path, database: Path, tmp_path: Path) -> None:
    """Executed one after another, shards leave the rows that one call leaves, and each does the part that it says."""
    (tmp_path / "database").mkdir()
    shutil.copy(database, tmp_path / "database/d.sqlite")
    (tmp_path / "dev.json").write_text(
        json.dumps([{"db_id": "d", "question": f"q{n}", "query": f"SELECT {n}, count(*) FROM t"} for n in range(24)])
    )
    with store.open(folder) as lake:
        add_benchmark(lake, "b", read(tmp_path / "dev.json"))
    shutil.copytree(folder, tmp_path / "other")
    with store.open(folder) as lake, store.open(tmp_path / "other") as other:
        said = executing.pending(lake, LIMITS, shard=Shard(2, 2)).total
        done = [executing.execute(lake, LIMITS, processes=1, shard=Shard(number, 2)).statuses for number in (2, 1)]
        assert done == [{"ok": said}, {"ok": 24 - said}]
        executing.execute(other, LIMITS, processes=1)
        assert lake.sql(ROWS).fetchall() == other.sql(ROWS).fetchall()


@pytest.mark.slow
def test_shards_at_the_same_time(folder: Path, tmp_path: Path) -> None:
    """Four calls of the command at once on one lake do everything, and nothing twice."""
    databases = write_databases(tmp_path / "database")
    asked = [
        {"db_id": name, "question": f"{name} {n}", "query": f"SELECT {n}, count(*) FROM sqlite_schema"}
        for name in sorted(databases)
        for n in range(200)
    ]
    (tmp_path / "dev.json").write_text(json.dumps(asked))
    with store.open(folder) as lake:
        add_benchmark(lake, "b", read(tmp_path / "dev.json"))
    t2s = [
        sys.executable,
        "-c",
        "from store.cli import main; main()",
        "--lake",
        str(folder),
        "execute",
        "--processes",
        "1",
        "--json",
    ]
    calls = [subprocess.Popen([*t2s, "--shard", f"{n}/4"], stdout=subprocess.PIPE, text=True) for n in range(1, 5)]
    done = [json.loads(call.communicate(timeout=120)[0].splitlines()[-1])["statuses"]["ok"] for call in calls]
    assert sum(done) == len(asked)
    assert max(done) < len(asked) / 3
    with store.open(folder) as lake:
        assert lake.counts()["executions"] == len(asked)
        assert executing.execute(lake, Limits()).statuses == {}
        assert lake.check() == []
    wrong = subprocess.run([*t2s, "--shard", "5/4"], capture_output=True, text=True, check=False)
    assert (wrong.returncode, wrong.stdout) == (1, "")
    assert "There is no shard 5/4" in wrong.stderr


@pytest.mark.slow
def test_shards_on_several_machines(folder: Path, team: tuple[str, str], tmp_path: Path) -> None:
    """An array of jobs that have only PostgreSQL and S3 in common: each statement once, and the rows of one call on a folder."""
    place, data = team
    databases = write_databases(tmp_path / "database")
    for name, path in databases.items():
        system, object_name = FileSystem.from_uri(f"{data}-databases/{name}.sqlite")
        with system.open_output_stream(object_name) as stream:
            stream.write(path.read_bytes())
    texts = ["SELECT {n}, count(*) FROM sqlite_schema", "SELECT missing_{n}", "SELECT {n}, random() IS NULL"]
    asked = [
        {"db_id": name, "question": f"{name} {n}", "query": texts[n % len(texts)].format(n=n)}
        for name in sorted(databases)
        for n in range(200)
    ]
    (tmp_path / "dev.json").write_text(json.dumps(asked))
    with store.open(folder) as lake:
        add_benchmark(lake, "b", read(tmp_path / "dev.json"))
        once = executing.execute(lake, Limits(), processes=1).statuses
        rows = lake.sql(ROWS).fetchall()
    assert (len(rows), len(once)) == (len(asked), 2)
    with store.open(place, data=data) as lake:
        add_benchmark(lake, "b", read(tmp_path / "dev.json", databases=f"{data}-databases"))
    shutil.rmtree(tmp_path / "database")
    calls = []
    for number in range(1, 5):
        command = [sys.executable, "-c", NODE, "--lake", place, "execute", "--processes", "1", "--json", "--shard", f"{number}/4"]
        environment = os.environ | {"TEXT2SQL_CACHE": str(tmp_path / f"cache_{number}")}
        calls.append(subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment))
    assert [call.stdout.readline() for call in calls if call.stdout] == ["ready\n"] * 4
    for call in calls:
        print(file=call.stdin, flush=True)
    done = [json.loads(call.communicate(timeout=120)[0])["statuses"] for call in calls]
    assert sum(map(Counter, done), Counter()) == once
    assert max(sum(statuses.values()) for statuses in done) < len(asked) / 3
    with store.open(place, create=False) as lake:
        assert lake.sql(ROWS).fetchall() == rows
        writers = [found[1] for *_, arguments, _ in lake.log().fetchall() if (found := re.search('"(.)/4"', str(arguments)))]
        assert len(list(groupby(writers))) > 4, "one after another"
        assert executing.pending(lake, Limits()).total == 0
        assert lake.check() == []
    fetched = list(tmp_path.glob("cache_*/databases/*.sqlite"))
    assert len(databases) <= len(fetched) <= len(databases) + 3
