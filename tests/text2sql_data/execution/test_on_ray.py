"""Ray gives the rows that one machine gives, and loses or doubles nothing when actors or machines die (slow: a real Ray)."""

import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import astuple, replace
from itertools import count
from pathlib import Path
from types import ModuleType

import pytest

import store
from store.ids import file_sha256
from text2sql_data.benchmarks import read
from text2sql_data.benchmarks.adding import add_benchmark
from text2sql_data.demo.databases import write_databases
from text2sql_data.execution import batches, executing, on_ray, pool, ray_cluster
from text2sql_data.execution.errors import LimitsError, RayUnavailableError, SettingsDifferError
from text2sql_data.execution.limits import Limits
from text2sql_data.execution.outcome import Outcome, Task
from text2sql_data.execution.ray_actor import Actor, Greeting
from text2sql_data.importers import spider
from text2sql_data.importers.importing import Source, import_runs

SLOW = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows}) SELECT count(*) FROM n"
ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
STUCK = "SELECT instr(hex(zeroblob(4900000)), hex(zeroblob(2000000)) || '1')"
EXECUTE = """
import sys
import store
from text2sql_data.execution import executing
from text2sql_data.execution.limits import Limits
executing.COMMIT_SECONDS = 0.1
with store.open(sys.argv[1]) as lake:
    executing.execute(lake, Limits(), on="ray", processes=1, started=lambda total: lambda done: print("one", flush=True))
"""
T2S = "from store.cli import main; main()"
ROWS = "SELECT * EXCLUDE (elapsed_ms) FROM executions ORDER BY ALL"


@pytest.fixture(scope="module")
def ray() -> Iterator[ModuleType]:
    """A Ray of two processors on this machine."""
    module = pytest.importorskip("ray")
    with ray_cluster.connected("local", 2) as started:
        assert started is module
        yield started


class Occupant:
    """Takes processors."""

    def wait(self) -> None:
        """Come when it is there."""


def on(path: Path, texts: list[str]) -> list[Task]:
    """Tasks on a database."""
    name = file_sha256(path)[:32]
    return [Task(name, str(path), str(number), sql) for number, sql in enumerate(texts)]


def timeless(outcomes: Iterator[Outcome]) -> list[tuple[object, ...]]:
    """Outcomes without their time, by task."""
    return sorted(astuple(replace(outcome, elapsed_ms=0.0)) for outcome in outcomes)


def below(parent: int, name: bytes) -> list[int]:
    """Processes that a process has started, also through others, whose command line begins with a name."""
    parents, found = {}, []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parents[int(folder.name)] = int(folder.joinpath("stat").read_text().rpartition(")")[2].split()[1])
            found += [int(folder.name)] if folder.joinpath("cmdline").read_bytes().startswith(name) else []
        except (FileNotFoundError, ProcessLookupError):
            continue

    def is_below(pid: int) -> bool:
        return pid == parent or (pid in parents and is_below(parents[pid]))

    return [pid for pid in found if is_below(pid)]


def sandboxes(parent: int) -> list[int]:
    """Workers of the sandbox that a process has started, also through others."""
    executable = sys.executable.encode()
    return [pid for pid in below(parent, executable) if b"execution.worker" in Path(f"/proc/{pid}/cmdline").read_bytes()]


def test_without_ray(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where Ray is not installed, the error says what to install; other arguments are checked as those of the pool."""
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(RayUnavailableError, match="not installed") as caught:
        list(on_ray.execute([], Limits()))
    assert "[ray]" in caught.value.hint
    with pytest.raises(LimitsError, match="number of processes is 0"):
        list(on_ray.execute([], Limits(), processes=0))


def test_nowhere_else(lake: store.Lake) -> None:
    """There are two places to execute, and a third one is an error that names them."""
    with pytest.raises(store.StoreError, match="'dask'") as caught:
        executing.execute(lake, Limits(), on="dask")  # type: ignore[arg-type]
    assert "local, ray" in caught.value.hint


@pytest.fixture
def asked(lake: store.Lake, database: Path, tmp_path: Path) -> store.Lake:
    """A lake with two statements to execute."""
    (tmp_path / "database").mkdir()
    shutil.copy(database, tmp_path / "database/d.sqlite")
    (tmp_path / "dev.json").write_text(
        json.dumps([{"db_id": "d", "question": f"q{n}", "query": f"SELECT {n}"} for n in range(2)])
    )
    add_benchmark(lake, "b", read(tmp_path / "dev.json"))
    return lake


def test_chosen_by_the_environment(asked: store.Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    """TEXT2SQL_EXECUTE_ON chooses where nothing else does."""
    monkeypatch.setitem(sys.modules, "ray", None)
    monkeypatch.setenv("TEXT2SQL_EXECUTE_ON", "ray")
    with pytest.raises(RayUnavailableError):
        executing.execute(asked, Limits())
    assert executing.execute(asked, Limits(), on="local").statuses == {"ok": 2}


def test_lost_is_not_stored(asked: store.Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a statement that is lost nothing is stored; it is counted with the reason, and executed the next time."""

    def losing(tasks: Iterator[Task], limits: Limits, **how: object) -> Iterator[Outcome]:
        first = next(tasks)
        yield Outcome(first.database, first.sql_id, first.sql, status="lost", error="machines died")
        del how["address"]
        yield from pool.execute(tasks, limits, **how)  # type: ignore[arg-type]

    monkeypatch.setattr(on_ray, "execute", losing)
    done = executing.execute(asked, Limits(), on="ray")
    assert (done.statuses, done.lost, done.unusable) == ({"lost": 1, "ok": 1}, {"machines died": 1}, {})
    assert asked.counts()["executions"] == 1
    assert executing.execute(asked, Limits(), on="local").statuses == {"ok": 1}


@pytest.mark.slow
def test_no_room(ray: ModuleType, database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cluster whose processors are all taken is waited for, and then given up with a hint."""
    monkeypatch.setattr(on_ray, "PATIENCE", 2.0)
    taker = ray.remote(num_cpus=2)(Occupant).remote()
    ray.get(taker.wait.remote())
    try:
        with pytest.raises(RayUnavailableError, match="no machine of the Ray cluster has had room") as caught:
            list(on_ray.execute(on(database, ["SELECT 1"]), Limits()))
        assert "ray status" in caught.value.hint
    finally:
        ray.kill(taker)
    monkeypatch.undo()
    assert [outcome.status for outcome in on_ray.execute(on(database, ["SELECT 1"]), Limits())] == ["ok"]


@pytest.mark.slow
def test_same_outcomes(ray: ModuleType, database: Path) -> None:
    """Hostile and harmless, right and wrong statements have the outcomes that the pool of one machine gives them."""
    assert ray.is_initialized()
    hostile = Path(__file__).with_name("hostile.sql").read_text("utf-8").split(";\n")
    texts = [*hostile, *[f"SELECT {n}, b FROM t LIMIT {n}" for n in range(300)], "SELECT CAST(x'ff' AS TEXT)", "SELECT 1e999", ""]
    limits = Limits(seconds=2.0, max_rows=50_000)
    tasks = on(database, [text for text in texts if "random" not in text.lower()])
    assert timeless(on_ray.execute(tasks, limits)) == timeless(pool.execute(tasks, limits))


@pytest.mark.slow
def test_same_rows_on_real_data(ray: ModuleType, real_data: Path, tmp_path: Path) -> None:
    """Three systems on Spider dev: the lakes have the same rows."""
    assert ray.is_initialized()
    with store.open(tmp_path / "local") as lake:
        add_benchmark(lake, "spider_dev", read(real_data / "spider/dev.json"))
        files = sorted((real_data / "spider/predictions").glob("*.sql"))[:3]
        import_runs(lake, spider.FORMAT, [Source(file.stem, file.stem, (file,)) for file in files], benchmark="spider_dev")
    shutil.copytree(tmp_path / "local", tmp_path / "ray")
    found = []
    for where in ("local", "ray"):
        with store.open(tmp_path / where) as lake:
            done = executing.execute(lake, Limits(), on=where)
            found.append((done.statuses, done.unusable, lake.sql(ROWS).fetchall()))
            assert lake.check() == []
    assert found[0] == found[1]
    assert len(found[0][2]) > 2_000


@pytest.mark.slow
def test_killed_actors(ray: ModuleType, database: Path) -> None:
    """Actors that are killed again and again cost time only: every task has one outcome, and it is its own."""
    assert ray.is_initialized()
    texts = [SLOW.format(rows=20_000 + n) if n % 3 else f"SELECT {n}" for n in range(1_500)]
    found, kills = [], 0
    for outcome in on_ray.execute(on(database, texts), Limits()):
        found.append(outcome)
        if len(found) % 400 == 0 and (actors := below(os.getpid(), b"ray::Actor")):
            os.kill(actors[kills % len(actors)], signal.SIGKILL)
            kills += 1
    assert kills >= 2
    assert Counter(outcome.sql_id for outcome in found) == Counter(str(n) for n in range(1_500))
    for outcome in found:
        number = int(outcome.sql_id)
        assert (outcome.status, outcome.sql) == ("ok", texts[number])
        assert outcome.preview == f"[[{20_000 + number if number % 3 else number}]]"


@pytest.mark.slow
def test_a_statement_that_kills_its_worker(ray: ModuleType, database: Path) -> None:
    """What ends the process behind the sandbox is the outcome of that statement alone, and costs no actor its life."""
    assert ray.is_initialized()
    tasks = on(database, [*["SELECT 1"] * 50, STUCK, ENDLESS, *["SELECT 2"] * 50])
    found = list(on_ray.execute(tasks, Limits(seconds=1), processes=1))
    assert Counter((outcome.sql, outcome.status) for outcome in found) == {
        ("SELECT 1", "ok"): 50,
        ("SELECT 2", "ok"): 50,
        (STUCK, "timeout"): 1,
        (ENDLESS, "timeout"): 1,
    }


@pytest.mark.slow
def test_a_crash(ray: ModuleType, database: Path) -> None:
    """A worker that is killed from outside costs the statement that it was at: crashed, as on one machine."""
    assert ray.is_initialized()
    found = []
    outcomes = on_ray.execute(on(database, [*["SELECT 1"] * 40, ENDLESS, "SELECT 2"]), Limits(seconds=60), processes=1)
    end = time.monotonic() + 60
    pid = os.fork()
    if not pid:  # another process kills, for this one waits for the outcome
        while time.monotonic() < end:
            time.sleep(0.3)
            for worker in sandboxes(os.getppid()):
                seconds = sum(map(int, Path(f"/proc/{worker}/stat").read_text().rpartition(")")[2].split()[11:13])) / 100
                if seconds > 1.5:
                    os.kill(worker, signal.SIGSEGV)
                    os._exit(0)
        os._exit(1)
    found = list(outcomes)
    assert os.waitpid(pid, 0)[1] == 0
    assert Counter((outcome.status, outcome.error) for outcome in found) == {
        ("ok", None): 41,
        ("crashed", "the worker was killed by SIGSEGV"): 1,
    }


@pytest.mark.slow
def test_what_cannot_be_done_is_said(ray: ModuleType, database: Path, monkeypatch: pytest.MonkeyPatch, lake: store.Lake) -> None:
    """A task over which actors die three times is lost: nothing is stored of it, it is counted, and tried the next time."""
    assert ray.is_initialized()
    monkeypatch.setattr(batches, "_FIRST", 4)
    tasks = on(database, [*["SELECT 1"] * 8, ENDLESS, *["SELECT 2"] * 8])
    found = []
    pid = os.fork()
    if not pid:  # kills every actor that is long at something
        end = time.monotonic() + 120
        while time.monotonic() < end:
            time.sleep(0.2)
            for worker in sandboxes(os.getppid()):
                try:
                    words = Path(f"/proc/{worker}/stat").read_text().rpartition(")")[2].split()
                    if sum(map(int, words[11:13])) > 100:
                        os.kill(int(words[1]), signal.SIGKILL)
                except (FileNotFoundError, ProcessLookupError):
                    continue
        os._exit(0)
    try:
        found = list(on_ray.execute(tasks, Limits(seconds=60), processes=1))
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    assert Counter(outcome.sql_id for outcome in found) == Counter(str(n) for n in range(17))
    lost = [outcome for outcome in found if outcome.status == "lost"]
    assert [outcome.sql for outcome in lost] == [ENDLESS]
    assert lost[0].error == "3 actors of Ray died over it (ActorDiedError)"
    assert lake.counts()["executions"] == 0


@pytest.mark.slow
def test_other_settings_are_refused(ray: ModuleType, database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that would store its outcomes under another identity is refused by name, before it executes anything."""
    assert ray.is_initialized()
    monkeypatch.setattr(on_ray, "settings_id", lambda _: "000000000000")
    with pytest.raises(SettingsDifferError, match=r"executes with sqlite 3\.\S+ under settings .*000000000000") as caught:
        list(on_ray.execute(on(database, ["SELECT 1"]), Limits()))
    assert "apsw" in caught.value.hint


@pytest.mark.slow
def test_a_machine_that_confines_nothing_is_named(ray: ModuleType, database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A kernel without Landlock and seccomp is no reason not to work, and is said, with the name of the machine."""
    assert ray.is_initialized()

    class Bare(Actor):
        """On a machine whose kernel has neither."""

        def greet(self) -> Greeting:
            return super().greet()._replace(confinement="none")

    assert [outcome.status for outcome in on_ray.execute(on(database, ["SELECT 1"]), Limits())] == ["ok"]
    monkeypatch.setattr(on_ray, "Actor", Bare)
    with pytest.warns(UserWarning, match=rf"{socket.gethostname()} has neither Landlock nor seccomp"):
        assert [outcome.status for outcome in on_ray.execute(on(database, ["SELECT 2"]), Limits())] == ["ok"]


@pytest.mark.slow
def test_another_file_under_the_same_path(
    ray: ModuleType, database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A machine executes on a file only when it has the content that was asked for, and says which machine has another."""
    assert ray.is_initialized()
    monkeypatch.setattr(on_ray, "_status", lambda _: (1, 1))  # what this machine knows of its own file
    (task,) = on(database, ["SELECT 1"])
    path = tmp_path / "other.sqlite"
    shutil.copy(database, path)
    (copied,) = on_ray.execute([task._replace(path=str(path))], Limits())
    assert copied.status == "ok"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DELETE FROM t")
    found = list(on_ray.execute([task._replace(path=str(path)), task._replace(path=str(tmp_path / "none"))], Limits()))
    assert {outcome.status for outcome in found} == {"no_database"}
    assert ["has other content on" in str(outcome.error) for outcome in found].count(True) == 1


@pytest.mark.slow
def test_endless_tasks_and_leaving(ray: ModuleType, database: Path) -> None:
    """Few more tasks are pulled than are done; who stops iterating leaves no actor and no worker behind."""
    assert ray.is_initialized()
    (task,) = on(database, ["SELECT 1"])
    pulled = 0

    def endless() -> Iterator[Task]:
        nonlocal pulled
        for pulled in count(1):
            yield task._replace(sql_id=str(pulled))

    outcomes = on_ray.execute(endless(), Limits())
    for done, outcome in zip(range(1, 3_001), outcomes, strict=False):
        assert outcome.status == "ok"
        assert pulled <= done + batches._WINDOW + 4_000
    assert sandboxes(os.getpid())
    outcomes.close()  # type: ignore[attr-defined]
    end = time.monotonic() + 20
    while (sandboxes(os.getpid()) or below(os.getpid(), b"ray::Actor")) and time.monotonic() < end:
        time.sleep(0.1)
    assert not sandboxes(os.getpid())
    assert not below(os.getpid(), b"ray::Actor")


@pytest.mark.slow
def test_a_slow_batch_does_not_block(ray: ModuleType, database: Path) -> None:
    """Slow statements that came in one batch are divided among the actors: both work until the end."""
    assert ray.is_initialized()
    busy: Counter[int] = Counter()
    found = []
    for outcome in on_ray.execute(on(database, [SLOW.format(rows=1_000_000 + n) for n in range(30)]), Limits(seconds=120)):
        found.append(outcome)
        busy.update(sandboxes(os.getpid()))
    assert Counter(outcome.sql_id for outcome in found) == Counter(str(n) for n in range(30))
    assert {outcome.status for outcome in found} == {"ok"}
    assert len(busy) >= 2
    assert min(busy.values()) > 5


@pytest.mark.slow
def test_the_command(folder: Path, tmp_path: Path) -> None:
    """`t2s execute --on ray` starts a Ray of its own, prints only its result, and leaves no process and no folder behind."""
    pytest.importorskip("ray")
    databases = write_databases(tmp_path / "database")
    name = min(databases)
    (tmp_path / "dev.json").write_text(f'[{{"db_id": "{name}", "question": "q", "query": "SELECT 1"}}]')
    with store.open(folder) as lake:
        add_benchmark(lake, "b", read(tmp_path / "dev.json"))
    before = set(Path("/tmp").glob("ray-*"))  # noqa: S108
    environment = {name: value for name, value in os.environ.items() if name != "RAY_ADDRESS"}
    command = [sys.executable, "-c", T2S, "--lake", str(folder), "execute", "--on", "ray", "--processes", "1", "--json"]
    environment |= {"TMPDIR": str(tmp_path)}  # too long for Ray's sockets
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert (done.stderr, done.returncode) == ("", 0)
    assert '"statuses": {"ok": 1}' in done.stdout
    assert done.stdout.count("\n") == 1
    assert set(Path("/tmp").glob("ray-*")) <= before  # noqa: S108
    with store.open(folder) as lake:
        assert lake.sql("SELECT status FROM executions").fetchall() == [("ok",)]


@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_interrupted(folder: Path, database: Path, tmp_path: Path, how: signal.Signals) -> None:
    """Stopped by Ctrl-C or by kill -9, what was committed is kept, nothing goes on, and the next call does only the rest."""
    pytest.importorskip("ray")
    (tmp_path / "database").mkdir()
    shutil.copy(database, tmp_path / "database/d.sqlite")
    asked = [{"db_id": "d", "question": f"q{n}", "query": SLOW.format(rows=300_000 + n)} for n in range(40)]
    (tmp_path / "dev.json").write_text(json.dumps(asked))
    with store.open(folder) as lake:
        add_benchmark(lake, "b", read(tmp_path / "dev.json"))
    environment = {name: value for name, value in os.environ.items() if name != "RAY_ADDRESS"}
    environment["TMPDIR"] = short = tempfile.mkdtemp(dir="/tmp")
    command = [sys.executable, "-c", EXECUTE, str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment) as process:
        assert process.stdout is not None
        for _ in range(8):
            assert process.stdout.readline() == "one\n"
        started = [*below(process.pid, b"ray::Actor"), *sandboxes(process.pid)]
        assert len(started) == 2
        process.send_signal(how)
        process.stdout.read()
        assert process.wait(timeout=60) != 0
    end = time.monotonic() + 30
    while any(map(is_alive, started)) and time.monotonic() < end:
        time.sleep(0.1)
    assert not any(map(is_alive, started))
    shutil.rmtree(short, ignore_errors=True)
    with store.open(folder) as lake:
        kept = lake.counts()["executions"]
        assert 0 < kept < 40
        assert executing.execute(lake, Limits()).statuses == {"ok": 40 - kept}
        assert lake.check() == []


def is_alive(pid: int) -> bool:
    """Whether a process runs, and is not only waiting to be taken notice of."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False
