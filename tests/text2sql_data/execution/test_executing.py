"""Executing what a lake wants: once a distinct SQL, resumed after any interruption, and never on another database."""

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

import store
from text2sql_data.benchmarks import read
from text2sql_data.benchmarks.adding import add_benchmark
from text2sql_data.comparators import comparator
from text2sql_data.execution import executing
from text2sql_data.execution.executing import choose, execute, pending
from text2sql_data.execution.limits import Limits, settings_id
from text2sql_data.importers import jsonl
from text2sql_data.importers.importing import Source, import_runs

LIMITS = Limits(seconds=2.0)
N_SLOW = 24
SLOW = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT {rows}) SELECT max(i) FROM n"
EXECUTE = """
import sys
import store
from text2sql_data.execution import executing
from text2sql_data.execution.limits import Limits
executing.COMMIT_SECONDS = 0.1
with store.open(sys.argv[1]) as lake:
    executing.execute(lake, Limits(seconds=2.0), processes=1, started=lambda total: lambda done: print(done, flush=True))
"""


def database(path: Path, script: str = "CREATE TABLE t (a); INSERT INTO t VALUES (1), (2)") -> Path:
    """A SQLite file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(script)
    return path


@pytest.fixture
def asked(lake: store.Lake, tmp_path: Path) -> store.Lake:
    """A lake with the benchmark b: two questions on database d."""
    database(tmp_path / "b/database/d/d.sqlite")
    questions = [
        {"db_id": "d", "question": f"q{n}", "query": gold}
        for n, gold in enumerate(["SELECT a FROM t", "SELECT DISTINCT a FROM t"])
    ]
    (tmp_path / "b/dev.json").write_text(json.dumps(questions))
    add_benchmark(lake, "b", read(tmp_path / "b/dev.json"))
    return lake


def answer(lake: store.Lake, folder: Path, run: str, sqls: list[str]) -> None:
    """Import answers to question 0."""
    path = folder / f"{run}.json"
    path.write_text(json.dumps([{"position": 0, "pred_sqls": sqls}]))
    import_runs(lake, jsonl.FORMAT, [Source(run, run, (path,))], benchmark="b")


def executed(lake: store.Lake) -> list[str]:
    """The SQL texts that were executed."""
    return [sql for (sql,) in lake.sql("SELECT sql FROM executions ORDER BY ALL").fetchall()]


def test_each_text_once(asked: store.Lake, tmp_path: Path) -> None:
    """Identical SQL runs once, in one run and across runs, candidates and golds; another run adds only what is new."""
    answer(asked, tmp_path, "one", ["SELECT a FROM t", "SELECT a FROM t", "SELECT 1"])
    done = execute(asked, LIMITS)
    assert done.statuses == {"ok": 4}
    # The comparator `spider` executes the gold without its DISTINCT, beside the gold itself.
    assert executed(asked) == ["SELECT  a FROM t", "SELECT 1", "SELECT DISTINCT a FROM t", "SELECT a FROM t"]
    before = asked.version
    assert execute(asked, LIMITS).statuses == {}
    assert asked.version == before
    answer(asked, tmp_path, "two", ["SELECT 1", "SELECT a FROM t", "SELECT 2"])
    assert execute(asked, LIMITS).statuses == {"ok": 1}
    assert len(executed(asked)) == 5
    assert asked.check() == []


def test_chosen_runs_and_comparators(asked: store.Lake, tmp_path: Path) -> None:
    """Only the candidates of the chosen runs and the golds of their benchmarks, as the chosen comparators read them."""
    answer(asked, tmp_path, "one", ["SELECT 1"])
    answer(asked, tmp_path, "two", ["SELECT 2"])
    execute(asked, LIMITS, comparators=[comparator("bird")], runs=["two"])
    assert executed(asked) == ["SELECT 2", "SELECT DISTINCT a FROM t", "SELECT a FROM t"]


@pytest.mark.parametrize("part", [2, 5])
def test_part_by_part(asked: store.Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, part: int) -> None:
    """However few texts are looked at at once, each statement is executed once: also where other texts become the same."""
    spaces = [" " * n for n in range(1, 3)]
    texts = [f"SELECT {word}a{space}FROM t{end}" for space in spaces for word in ("", "DISTINCT ") for end in ("", ";", ";;")]
    answer(asked, tmp_path, "one", texts * 2)
    whole = pending(asked, LIMITS).total
    monkeypatch.setattr(executing, "_PART", part)
    assert pending(asked, LIMITS).total == whole
    assert sum(execute(asked, LIMITS).statuses.values()) == whole
    assert len(set(executed(asked))) == len(executed(asked)) == whole
    # What is written, and what comparators make of it: without DISTINCT, and without what follows the first statement.
    heads = ("SELECT a", "SELECT  a", "SELECT DISTINCT a")
    assert set(executed(asked)) == {
        *texts,
        *(f"{head}{space}FROM t{end}" for head in heads for space in spaces for end in ("", ";")),
    }


def test_other_limits_are_other_facts(asked: store.Lake) -> None:
    """Under other limits everything is executed anew, beside the old rows, and the views follow the limits chosen last."""
    execute(asked, LIMITS)
    other = Limits(seconds=3.0)
    assert execute(asked, other).settings == settings_id(other)
    assert asked.sql("SELECT settings, count(*) FROM executions GROUP BY ALL ORDER BY 1").fetchall() == sorted(
        [(settings_id(LIMITS), 3), (settings_id(other), 3)]
    )
    assert asked.sql("SELECT settings FROM current_settings").fetchall() == [(settings_id(other),)]
    choose(asked, LIMITS)
    assert asked.sql("SELECT settings, seconds FROM current_settings").fetchall() == [(settings_id(LIMITS), 2.0)]
    assert execute(asked, LIMITS).statuses == {}


def test_changed_database_is_refused(asked: store.Lake, tmp_path: Path) -> None:
    """A file that is not the one that was added is not executed on, and the reason is given; put back, it is used again."""
    path = tmp_path / "b/database/d/d.sqlite"
    shutil.copy2(path, tmp_path / "kept")
    database(path, "INSERT INTO t VALUES (3)")
    done = execute(asked, LIMITS)
    assert (done.statuses, done.unusable) == ({}, {str(path): "has changed since the benchmark was added"})
    assert executed(asked) == []
    path.unlink()
    assert execute(asked, LIMITS).unusable == {str(path): "No such file or directory"}
    shutil.copy(tmp_path / "kept", path)  # the same content at another time is the same database
    done = execute(asked, LIMITS)
    assert (done.statuses, done.unusable) == ({"ok": 3}, {})


def test_database_that_changes_meanwhile(asked: store.Lake, tmp_path: Path) -> None:
    """What was executed on a file that was written to meanwhile is not taken for true of the file that was added."""
    path = tmp_path / "b/database/d/d.sqlite"
    shutil.copy2(path, tmp_path / "kept")
    done = execute(asked, LIMITS, started=lambda _: lambda _: database(path, "INSERT INTO t VALUES (3)"))
    assert (done.statuses, done.unusable) == ({"no_database": 3}, {str(path): "has changed while SQL was executed on it"})
    assert executed(asked) == []
    shutil.copy2(tmp_path / "kept", path)
    assert execute(asked, LIMITS).statuses == {"ok": 3}


def test_same_content_in_two_places(asked: store.Lake, tmp_path: Path) -> None:
    """Two databases of the same bytes are one: the same SQL on both is executed once."""
    for name in ("x", "y"):
        (tmp_path / f"c/database/{name}").mkdir(parents=True)
        shutil.copy(tmp_path / "b/database/d/d.sqlite", tmp_path / f"c/database/{name}/{name}.sqlite")
    questions = [{"db_id": name, "question": "q", "query": "SELECT a FROM t"} for name in ("x", "y")]
    (tmp_path / "c/dev.json").write_text(json.dumps(questions))
    add_benchmark(asked, "c", read(tmp_path / "c/dev.json"))
    assert execute(asked, LIMITS).statuses == {"ok": 3}


@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_interrupted(asked: store.Lake, tmp_path: Path, how: signal.Signals) -> None:
    """Stopped in the middle, by Ctrl-C or by kill -9, what was committed is kept and the next call does only the rest."""
    answer(asked, tmp_path, "slow", [SLOW.format(rows=400_000 + n) for n in range(N_SLOW)])
    process = subprocess.Popen(
        [sys.executable, "-c", EXECUTE, str(asked.folder)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert process.stdout is not None
    for _ in range(N_SLOW // 3):
        assert process.stdout.readline() == "1\n"
    process.send_signal(how)
    assert process.wait(timeout=60) != 0
    process.stdout.close()
    kept = len(executed(asked))
    assert 0 < kept < N_SLOW + 3
    assert asked.check() == []
    done = execute(asked, LIMITS)
    assert sum(done.statuses.values()) == N_SLOW + 3 - kept
    assert len(executed(asked)) == len(set(executed(asked))) == N_SLOW + 3
    assert asked.sql("SELECT DISTINCT status FROM executions").fetchall() == [("ok",)]


@pytest.mark.slow
def test_killed_with_its_workers(asked: store.Lake, tmp_path: Path) -> None:
    """A killed command leaves no worker behind: the kernel ends them with it."""
    answer(asked, tmp_path, "slow", [SLOW.format(rows=100_000_000)])
    process = subprocess.Popen([sys.executable, "-c", EXECUTE, str(asked.folder)], stdout=subprocess.DEVNULL)
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    deadline = time.monotonic() + 30
    workers: list[str] = []
    while not workers and time.monotonic() < deadline:
        workers = children.read_text().split()
        time.sleep(0.02)
    assert workers
    process.kill()
    process.wait()
    while any(_alive(int(worker)) for worker in workers) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not any(_alive(int(worker)) for worker in workers)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
