"""What a statement needs beyond SQLite's cache is memory without a name, bounded, and changes no result."""

import json
import shutil
import sqlite3
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterable
from contextlib import closing
from pathlib import Path

import pytest

from text2sql_data.execution import temporary_files
from text2sql_data.execution.limits import Limits
from text2sql_data.execution.outcome import Outcome, Task
from text2sql_data.execution.pool import execute

Make = Callable[[Iterable[str]], list[Task]]
ROWS = "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 99999)"
LARGE = [
    f"{ROWS} SELECT i, i * 7919 % 1000 AS tie, hex(zeroblob(50)) FROM n ORDER BY tie",
    f"{ROWS} SELECT i * 7919 % 30011 AS a, count(*), group_concat(i) FROM n GROUP BY a HAVING count(*) > 3",
    f"{ROWS} SELECT DISTINCT i * 7919 % 50021 || hex(zeroblob(50)) FROM n",
    f"{ROWS}, x AS MATERIALIZED (SELECT i, hex(zeroblob(60)) || i s FROM n) SELECT count(*), max(a.s) FROM x a JOIN x USING (i)",
    f"{ROWS} SELECT i, rank() OVER (PARTITION BY i % 7 ORDER BY -i), hex(zeroblob(50)) FROM n",
    f"{ROWS} SELECT hex(i) || hex(zeroblob(40)) FROM n EXCEPT SELECT hex(2 * i) || hex(zeroblob(40)) FROM n",
]


@pytest.mark.parametrize("sql", LARGE)
def test_results_are_those_of_memory(sql: str, tasks: Make, run: Callable[[str], Outcome]) -> None:
    """Rows, and their order among ties, are as where SQLite keeps everything in its heap, as it does in this process."""
    assert not temporary_files.are_in_memory()
    (found,) = execute(tasks([sql]), Limits())
    expected = run(sql)
    assert found.status == expected.status == "ok"
    assert (found.list_digest, found.n_rows, found.preview) == (expected.list_digest, expected.n_rows, expected.preview)


def test_files_have_no_name_and_go(tmp_path: Path) -> None:
    """While a large sort runs all files that can be written are memory; afterwards there are none."""
    program = textwrap.dedent("""
        import json, os, sys
        from pathlib import Path
        from text2sql_data.execution import sandbox, temporary_files
        from text2sql_data.execution.guard import Guard
        from text2sql_data.execution.limits import Limits

        def opened():
            links = {}
            for path in Path("/proc/self/fd").iterdir():
                try:
                    flags = int(Path(f"/proc/self/fdinfo/{path.name}").read_text().split()[3], 8)
                    links[path.name] = os.readlink(path) if flags & 3 and int(path.name) > 2 else ""
                except OSError:
                    pass
            return {link.partition(" ")[0] for link in links.values()} - {""}

        class Watch(Guard):
            def expired(self):
                seen.update(opened())
                return super().expired()

        seen, sandbox.Guard = set(), Watch
        assert temporary_files.keep_in_memory(1 << 30)
        before = opened()
        connection = sandbox.open_database(sys.argv[1])
        status = sandbox.run(connection, sys.argv[2], Limits()).status
        print(json.dumps([status, sorted(seen - before), sorted(opened() - before)]))
    """)
    path = tmp_path / "empty.sqlite"
    subprocess.run(
        [sys.executable, "-c", f"import sqlite3; sqlite3.connect({str(path)!r}).execute('CREATE TABLE t (a)')"], check=True
    )
    done = subprocess.run([sys.executable, "-c", program, str(path), LARGE[0]], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == ["ok", ["/memfd:sqlite"], []]


@pytest.mark.parametrize(
    "sql",
    [
        f"{ROWS} SELECT i, hex(zeroblob(500)) FROM n ORDER BY -i",
        f"{ROWS} SELECT DISTINCT hex(zeroblob(500)) || i FROM n",
        f"{ROWS}, x AS MATERIALIZED (SELECT i, hex(zeroblob(500)) AS s FROM n) SELECT count(*) FROM x a JOIN x b USING (i)",
        "SELECT " + ", ".join(f"count(DISTINCT zeroblob({600_000 + i} + a))" for i in range(15)) + " FROM t",
    ],
    ids=["sort", "distinct", "materialized", "many sorts, of large values in few steps"],
)
def test_what_is_too_large_is_out_of_memory(sql: str, tasks: Make) -> None:
    """It ends as `memory`, whether one file is too large or all together, and the next statement has all of it again."""
    limits = Limits(heap_mb=32)
    fits = f"{ROWS} SELECT i, hex(zeroblob(60)) FROM n ORDER BY -i"
    outcomes = list(execute(tasks([sql, fits, sql, fits]), limits, processes=1))
    assert [(one.status, one.error_class) for one in outcomes] == [("memory", "heap"), ("ok", None)] * 2


def test_many_sorts_at_once(tasks: Make, run: Callable[[str], Outcome]) -> None:
    """Forty sorts of one statement, each larger than SQLite's cache, are no reason to end it."""
    sorts = ", ".join(f"count(DISTINCT hex(zeroblob(500)) || i * {k})" for k in range(1, 41))
    sql = f"{ROWS} SELECT {sorts} FROM n WHERE i % 30 = 0"
    (found,) = execute(tasks([sql]), Limits())
    assert (found.status, found.preview) == ("ok", run(sql).preview)


@pytest.mark.parametrize("shared_memory", [True, False])
def test_a_log_beside_the_database_is_read(shared_memory: bool, tmp_path: Path) -> None:
    """SQLite asks to write to `-wal` and `-shm`, though it only reads: it is refused, and then reads what is there."""
    path, copy = tmp_path / "live.sqlite", tmp_path / "copy.sqlite"
    with closing(sqlite3.connect(path)) as writer:
        writer.executescript("PRAGMA journal_mode = WAL; CREATE TABLE t (a); INSERT INTO t VALUES (1)")
        writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        writer.executescript("INSERT INTO t VALUES (2)")
        for suffix in ("", "-wal", *(["-shm"] if shared_memory else [])):
            shutil.copy(f"{path}{suffix}", f"{copy}{suffix}")
    content = {file.name: file.read_bytes() for file in tmp_path.glob("copy*")}
    texts = ["SELECT count(*), sum(a) FROM t", f"{ROWS} SELECT i, a, hex(zeroblob(50)) FROM n CROSS JOIN t ORDER BY a, -i"]
    (found, large) = execute([Task("", str(copy), "", sql) for sql in texts], Limits(), processes=1)
    if shared_memory:
        assert (found.status, found.preview, large.error, large.n_rows) == ("ok", "[[2,3]]", None, 200_000)
    else:
        assert (found.status, large.status) == ("no_database", "no_database")
    assert {file.name: file.read_bytes() for file in tmp_path.glob("copy*")} == content
