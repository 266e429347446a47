"""One worker process: reads jobs as JSON lines, executes each in the sandbox, answers with one JSON line each, in order.

It confines itself before the first job: bounded memory, temporary files in memory, no core dumps, and what `confinement` can
take away; and the kernel kills it when a job overruns its time by half a second, even inside one call of a function, or when its
parent is gone. `process` starts it.
"""

import ctypes
import gc
import os
import resource
import signal
import sys
from functools import lru_cache, partial
from typing import Literal

import apsw
import msgspec

from text2sql_data.execution import confinement, sandbox, temporary_files
from text2sql_data.execution.limits import Limits
from text2sql_data.execution.outcome import Explained, Outcome, Task
from text2sql_data.execution.preview import encode_preview

GRACE = 0.5
"""Seconds after its limit at which a statement that SQLite cannot interrupt costs the worker its life."""

READY = b'"ready", '
"""How the first line of output begins; by what the worker is confined follows."""

Mode = Literal["outcomes", "rows", "plans"]
"""What a worker sends back: outcomes, whole results, or query plans."""

_PR_SET_PDEATHSIG = 1
_MIB = 1 << 20
_OPEN_DATABASES = 8
_OPEN_FILES = temporary_files.MOST_FILES + 64
_GC_THRESHOLD = 20_000  # rows are tuples without cycles: the usual 700 looks at them for nothing


class Setup(msgspec.Struct, frozen=True):
    """What a worker is told on its command line, as JSON."""

    limits: Limits
    parent: int
    mode: Mode


Databases = list[bytes] | None
"""The first line of input: the only files that jobs may be about, or None."""


class Job(msgspec.Struct, array_like=True, frozen=True):
    """One line of input; bytes, because neither a path nor a hostile text need be Unicode."""

    path: bytes
    sql: bytes


class RowsAnswer(msgspec.Struct, array_like=True, frozen=True):
    """One line of output where whole results are asked for."""

    status: str
    columns: list[str] | None
    rows: str
    error: str | None


class PlanAnswer(msgspec.Struct, array_like=True, frozen=True):
    """One line of output where query plans are asked for."""

    status: str
    steps: list[str] | None
    error: str | None


def _confine(setup: Setup) -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != setup.parent:
        sys.exit("the parent is gone")
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())  # the parent may have blocked what must end this process
    heap = setup.limits.heap_mb * _MIB
    apsw.hard_heap_limit(heap)
    memory = 3 * heap + 512 * _MIB  # SQLite's heap, a row of it as Python values, and that row as text
    for kind, bound in (
        (resource.RLIMIT_DATA, memory),
        (resource.RLIMIT_AS, memory + (_OPEN_DATABASES + 1) * sandbox.MAPPED_BYTES),
        (resource.RLIMIT_FSIZE, heap if temporary_files.keep_in_memory(heap) else 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, _OPEN_FILES),
    ):
        _, hard = resource.getrlimit(kind)
        lowest = bound if hard == resource.RLIM_INFINITY else min(bound, hard)
        resource.setrlimit(kind, (lowest, lowest))


_open_database = lru_cache(maxsize=_OPEN_DATABASES)(partial(sandbox.open_database, mapped=True))


def _outcome(job: Job, limits: Limits) -> Outcome:
    try:
        connection = _open_database(os.fsdecode(job.path))
    except sandbox.DatabaseUnreadableError as error:
        return Outcome(status="no_database", error=str(error))
    return sandbox.run(connection, job.sql.decode(errors="surrogatepass"), limits)


def _rows(job: Job, limits: Limits) -> RowsAnswer:
    fetched = sandbox.fetch(os.fsdecode(job.path), job.sql.decode(errors="surrogatepass"), limits)
    return RowsAnswer(fetched.status, fetched.columns, encode_preview(fetched.rows), fetched.error)


def _plan(job: Job, limits: Limits) -> PlanAnswer:
    path, sql = os.fsdecode(job.path), job.sql.decode(errors="surrogatepass")
    try:
        found = sandbox.explain(_open_database(path), sql, limits)
    except sandbox.DatabaseUnreadableError as error:
        found = Explained(Task("", path, "", sql), "no_database", None, str(error))
    return PlanAnswer(found.status, found.steps, found.error)


def main() -> None:
    """Work until the input ends."""
    setup = msgspec.json.decode(sys.argv[1], type=Setup)
    limits = setup.limits
    answer = {"outcomes": _outcome, "rows": _rows, "plans": _plan}[setup.mode]
    decode, encode = msgspec.json.Decoder(Job).decode, msgspec.json.encode
    why = f"the statement needs more than {limits.heap_mb} MiB"
    out_of_memory: dict[Mode, object] = {
        "outcomes": Outcome(status="memory", error_class="heap", error=why),
        "rows": RowsAnswer("memory", None, "[]", why),
        "plans": PlanAnswer("memory", None, why),
    }
    no_memory = encode(out_of_memory[setup.mode])
    overrun = limits.seconds + GRACE
    output = sys.stdout.fileno()
    _confine(setup)
    confined = confinement.confine(msgspec.json.decode(sys.stdin.buffer.readline(), type=Databases))
    gc.set_threshold(_GC_THRESHOLD)
    os.write(output, READY + encode(confined) + b"\n")
    for line in sys.stdin.buffer:
        job = decode(line)
        signal.setitimer(signal.ITIMER_REAL, overrun)
        try:
            text = encode(answer(job, limits))
        except MemoryError:
            text = no_memory
        signal.setitimer(signal.ITIMER_REAL, 0)
        view = memoryview(text + b"\n")
        while view:
            view = view[os.write(output, view) :]
    _open_database.cache_clear()  # while there is an interpreter that `temporary_files` can be called in


if __name__ == "__main__":
    main()
