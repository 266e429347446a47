"""The pool loses no task, doubles none and leaves no process behind, whatever happens to its workers."""

import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from itertools import count
from pathlib import Path

import pytest

from text2sql_data.execution import pool, process
from text2sql_data.execution.limits import Limits
from text2sql_data.execution.outcome import Task, Undecodable
from text2sql_data.execution.pool import execute, fetch_rows

Make = Callable[[Iterable[str]], list[Task]]

SLOW = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000) SELECT count(*) FROM n"
ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
STUCK = "SELECT instr(hex(zeroblob(4900000)), hex(zeroblob(2000000)) || '1')"


def is_alive(pid: int) -> bool:
    """Whether a process runs, and is not only waiting to be taken notice of."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def children(parent: int) -> list[int]:
    """Workers among the living children of a process."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            state, parent_id = folder.joinpath("stat").read_text().rpartition(")")[2].split()[:2]
            if int(parent_id) == parent and state != "Z" and b"execution.worker" in folder.joinpath("cmdline").read_bytes():
                found.append(int(folder.name))
        except (FileNotFoundError, ProcessLookupError):
            continue
    return found


def wait_until(condition: Callable[[], bool], seconds: float = 20.0) -> bool:
    """Whether something comes true in time."""
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.01)
    return condition()


def test_each_task_once(tasks: Make) -> None:
    """Every task has one outcome with its own identity and text, however many workers there are."""
    texts = [f"SELECT {i}" for i in range(300)] + ["SELECT nonsense", "DROP TABLE t"]
    for processes in (1, 3):
        outcomes = {outcome.sql_id: outcome for outcome in execute(tasks(texts), Limits(), processes=processes)}
        assert [outcomes[str(i)].sql for i in range(len(texts))] == texts
        assert [outcomes[str(i)].preview for i in range(300)] == [f"[[{i}]]" for i in range(300)]
        assert {outcome.database for outcome in outcomes.values()} == {"small"}
    assert not children(os.getpid())


def test_no_tasks() -> None:
    """Nothing to do starts no worker."""
    assert list(execute([], Limits())) == []


def test_number_of_processes(tasks: Make) -> None:
    """A pool of no workers is refused."""
    with pytest.raises(ValueError, match="number of processes is 0"):
        list(execute(tasks(["SELECT 1"]), Limits(), processes=0))


def test_in_process_and_worker_agree(tasks: Make, run: Callable[[str], object]) -> None:
    """A worker gives the outcome that the sandbox gives in this process."""
    for sql in ("SELECT * FROM t", "SELECT 1.0, NULL, x'00', 1e999", "SELECT a FROM t, t", "SELECT CAST(x'ff' AS TEXT)"):
        (outcome,) = execute(tasks([sql]), Limits())
        outcome.database = outcome.sql_id = outcome.sql = ""
        expected = run(sql)
        outcome.elapsed_ms = expected.elapsed_ms = 0.0  # type: ignore[attr-defined]
        assert outcome == expected


def test_killed_workers(tasks: Make) -> None:
    """Under many a `kill -9` every task has exactly one outcome, and at most one task a kill is lost to a crash."""
    kills, outcomes = 0, []
    texts = [SLOW if i % 3 else f"SELECT {i}" for i in range(400)]
    for outcome in execute(tasks(texts), Limits(), processes=2):
        outcomes.append(outcome)
        if len(outcomes) % 9 == 0 and (workers := children(os.getpid())):
            os.kill(workers[kills % len(workers)], signal.SIGKILL)
            kills += 1
    assert Counter(outcome.sql_id for outcome in outcomes) == Counter(str(i) for i in range(400))
    statuses = Counter(outcome.status for outcome in outcomes)
    assert kills > 10
    assert 0 < statuses["crashed"] <= kills
    assert statuses["ok"] == 400 - statuses["crashed"]
    assert not children(os.getpid())


def test_crash_costs_one_task(tasks: Make) -> None:
    """The statement that a worker was killed in is crashed, with the signal; those that waited behind it are executed."""
    found = []
    outcomes = execute(
        tasks(["SELECT 0", *[f"SELECT {i}" for i in range(1, 40)], ENDLESS, *["SELECT 99"] * 5]), Limits(seconds=60), processes=1
    )
    for outcome in outcomes:
        found.append(outcome)
        if len(found) == 40:
            time.sleep(0.2)
            (worker,) = children(os.getpid())
            os.kill(worker, signal.SIGSEGV)
    assert [outcome.status for outcome in found] == ["ok"] * 40 + ["crashed"] + ["ok"] * 5
    assert found[40].error == "the worker was killed by SIGSEGV"


def test_file_that_becomes_shorter(tmp_path: Path) -> None:
    """Where a database, which is mapped into memory, is cut under a statement, nothing is said of the statement."""
    path = tmp_path / "large.sqlite"
    rows = (
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 20000) SELECT hex(zeroblob(500)) AS filler FROM n"
    )
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"CREATE TABLE t AS {rows}")
    again_and_again = "SELECT count(*) FROM t a CROSS JOIN t b WHERE a.filler < b.filler"
    found = []
    texts = ["SELECT count(*) FROM t", again_and_again, "SELECT 1 FROM t"]
    for outcome in execute([Task("", str(path), "", sql) for sql in texts], Limits(), processes=1):
        found.append((outcome.status, outcome.error))
        if len(found) == 1:
            time.sleep(0.3)
            os.truncate(path, 8192)
    cut = "the file became shorter, or could not be read, while it was open"
    assert found == [("ok", None), ("no_database", cut), ("no_database", f"{path}: database disk image is malformed")]


def test_stuck_in_one_function(tasks: Make) -> None:
    """A call that SQLite cannot interrupt is a timeout, and what waited behind it is executed."""
    outcomes = list(execute(tasks([*["SELECT 1"] * 20, STUCK, *["SELECT 2"] * 20]), Limits(seconds=1), processes=1))
    assert Counter(outcome.status for outcome in outcomes) == {"ok": 40, "timeout": 1}
    (timeout,) = (outcome for outcome in outcomes if outcome.status == "timeout")
    assert timeout.elapsed_ms > 1_000


def test_interruptible_timeout_keeps_the_worker(tasks: Make) -> None:
    """A statement that SQLite can interrupt does not cost the worker its life."""
    workers = set()
    for outcome in execute(tasks([ENDLESS, "SELECT 1", ENDLESS, "SELECT 1"]), Limits(seconds=0.7), processes=1):
        assert outcome.status == ("timeout" if outcome.sql == ENDLESS else "ok")
        workers.update(children(os.getpid()))
    assert len(workers) == 1


def test_frozen_worker(tasks: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that neither answers nor dies is killed from outside."""
    monkeypatch.setattr(process, "_BACKSTOP", 1.0)
    outcomes = execute(tasks(["SELECT 1", ENDLESS, "SELECT 2"]), Limits(seconds=1), processes=1)
    assert next(outcomes).status == "ok"
    os.kill(children(os.getpid())[0], signal.SIGSTOP)
    assert [outcome.status for outcome in outcomes] == ["timeout", "ok"]


def test_slow_consumer(tasks: Make) -> None:
    """A consumer that pauses for longer than the time limit is not taken for a slow statement."""
    for outcome in execute(tasks(["SELECT 1"] * 50), Limits(seconds=0.7), processes=2):
        assert outcome.status == "ok"
        if outcome.sql_id == "7":
            time.sleep(1.5)


def test_pulls_tasks_as_needed(database: Path) -> None:
    """Endless tasks are no problem: few more are pulled than are done, and closing leaves no worker."""
    pulled = 0

    def endless() -> Iterator[Task]:
        nonlocal pulled
        for pulled in count(1):
            yield Task("small", str(database), str(pulled), "SELECT 1")

    outcomes = execute(endless(), Limits(), processes=2)
    for done, _ in zip(range(1, 501), outcomes, strict=False):
        assert pulled <= done + 2 * 2 * 16
    assert children(os.getpid())
    outcomes.close()  # type: ignore[attr-defined]
    assert not children(os.getpid())


def test_failing_tasks(database: Path) -> None:
    """An error of the iterator of tasks comes through, and leaves no worker."""

    def failing() -> Iterator[Task]:
        yield Task("small", str(database), "", ENDLESS)
        raise LookupError("no more tasks")

    with pytest.raises(LookupError, match="no more tasks"):
        list(execute(failing(), Limits(), processes=2))
    assert not children(os.getpid())


def test_large_texts(tasks: Make) -> None:
    """Texts and answers that are larger than a pipe pass in both directions without a deadlock."""
    texts = [f"SELECT '{i}{'x' * 300_000}'" for i in range(60)]
    outcomes = list(execute(tasks(texts), Limits(preview_cell_chars=1_000_000), processes=2))
    assert {outcome.sql[8:40] for outcome in outcomes} == {sql[8:40] for sql in texts}
    assert all(outcome.preview == f'[["{outcome.sql[8:-1]}"]]' for outcome in outcomes)


def test_no_database_is_no_crash(database: Path, tmp_path: Path) -> None:
    """A database that is missing or is none gives no_database, between others that are executed, by living workers."""
    (tmp_path / "text.sqlite").write_text("not a database" * 100)
    paths = [str(database), str(tmp_path / "missing.sqlite"), str(tmp_path / "text.sqlite"), "a\0b", "\udcff"]
    outcomes = list(execute([Task(path, path, "", "SELECT 1") for path in paths * 3], Limits(), processes=1))
    assert Counter((outcome.database, outcome.status) for outcome in outcomes) == {
        (path, "ok" if path == str(database) else "no_database"): 3 for path in paths
    }


def test_fetch_rows(tasks: Make) -> None:
    """Whole results come back with their types; failures come without rows."""
    sql = "SELECT 1, 1.0, 'a', x'ff', NULL, 9007199254740993, 1e999, CAST(x'ff' AS TEXT)"
    sql += " UNION ALL SELECT a, b, c, 4, 5, 6, 7, 8 FROM t"
    found = {
        fetched.task.sql_id: fetched for fetched in fetch_rows(tasks([sql, "SELECT x", ENDLESS, STUCK]), Limits(seconds=0.7))
    }
    assert [found[str(i)].status for i in range(4)] == ["ok", "error", "timeout", "timeout"]
    assert repr(found["0"].rows[0]) == repr((1, 1.0, "a", b"\xff", None, 9007199254740993, float("inf"), Undecodable(b"\xff")))
    assert len(found["0"].rows) == 101
    assert found["0"].columns is not None
    assert len(found["0"].columns) == 8
    assert found["1"].rows == []
    assert found["1"].error == "no such column: x"


def test_answers_are_checked() -> None:
    """A worker that was taken over can say what it likes: what is not an outcome is a crash, and nothing is evaluated."""
    for line in (b"", b"garbage", b'{"status": 1}', b'{"columns": "x"}', b"[1]", b"\xff"):
        assert pool._read_outcome(line).status == "crashed"
        assert pool._read_rows(Task("", "", "", ""), line).status == "crashed"
    assert pool._read_rows(Task("", "", "", ""), b'["ok", null, "[[{\\"blob\\": \\"zz\\"}]]"]').status == "crashed"


def test_workers_that_cannot_start(tasks: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers that end before they begin are an error of the machine, not the outcome of a task."""
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(RuntimeError, match="ended before they began") as caught:
        list(execute(tasks(["SELECT 1"]), Limits(), processes=2))
    assert "standard error" in getattr(caught.value, "hint", "")


SCRIPT = """
import sys
from text2sql_data.execution.limits import Limits
from text2sql_data.execution.outcome import Task
from text2sql_data.execution.pool import execute
tasks = [Task("", sys.argv[1], "", sql) for sql in ["SELECT 1", *sys.argv[2:]]]
for outcome in execute(tasks, Limits(seconds=60), processes=2):
    print(outcome.status, flush=True)
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_death_of_the_parent(number: signal.Signals, database: Path) -> None:
    """However the parent ends, its workers end too, even inside a call that cannot be interrupted."""
    command = [sys.executable, "-c", SCRIPT, str(database), ENDLESS, STUCK]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == b"ok\n"
        assert wait_until(lambda: len(children(parent.pid)) == 2)
        workers = children(parent.pid)
        parent.send_signal(number)
        parent.wait(20)
    assert wait_until(lambda: not any(map(is_alive, workers)))


def test_confinement(tmp_path: Path) -> None:
    """A confined process cannot allocate beyond its bound, let a file grow beyond it, open many files or dump its memory."""
    script = textwrap.dedent("""
        import os, resource
        from text2sql_data.execution import worker
        from text2sql_data.execution.limits import Limits
        worker._confine(worker.Setup(Limits(heap_mb=64), os.getppid(), False))
        def refused(action):
            try:
                action()
            except (MemoryError, OSError) as error:
                return type(error).__name__
        def grow():
            with open("grown", "wb") as file:
                file.write(bytes((64 << 20) + 1))
        kept = []
        def open_many():
            kept.extend(open("/dev/null") for _ in range(300))
        print(refused(lambda: bytearray(2**30)), refused(grow), refused(open_many))
        print(resource.getrlimit(resource.RLIMIT_CORE))
    """)
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout == "MemoryError OSError OSError\n(0, 0)\n"


def test_worker_starts_light() -> None:
    """A worker imports neither the store nor DuckDB, so that starting one costs some ten milliseconds."""
    script = "import sys, text2sql_data.execution.worker; print({'duckdb', 'store', 'polars', 'sqlglot'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


def test_memory_of_python_values(tasks: Make) -> None:
    """A row that SQLite can hold but Python cannot is out of memory, and the worker goes on."""
    wide = "SELECT " + ",".join(["replace(hex(zeroblob(4000000)), '0', '😀😀')"] * 8)
    limits = Limits(heap_mb=1_000, max_cell_bytes=100_000_000, seconds=60)
    statuses = [outcome.status for outcome in execute(tasks([wide, "SELECT 1"]), limits, processes=1)]
    assert statuses == ["memory", "ok"]


@pytest.mark.slow
def test_constant_memory(database: Path) -> None:
    """A worker digests three million different rows of two columns in less than 300 MB."""
    sql = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000000) SELECT i, 'some text ' || i FROM n"
    script = SCRIPT + "\nimport resource; print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    done = subprocess.run([sys.executable, "-c", script, str(database), sql], capture_output=True, text=True, check=True)
    first, second, peak_kb = done.stdout.split()
    assert first == second == "ok"
    assert int(peak_kb) < 300_000


def test_consumer_that_pauses_with_answers_waiting(tasks: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers with more to say than a pipe holds are not killed for the time in which nobody listened."""
    monkeypatch.setattr(process, "_BACKSTOP", 0.2)
    wide = "SELECT " + ", ".join(f"'{'x' * 190}' AS c{i}" for i in range(60))
    statuses = []
    for outcome in execute(tasks([wide] * 60), Limits(seconds=0.5), processes=2):
        statuses.append(outcome.status)
        if len(statuses) in {5, 30}:
            time.sleep(1.5)
    assert statuses == ["ok"] * 60
