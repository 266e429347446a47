"""One worker process as the pool sees it: its pipes, the tasks it was given, and what its death means.

The worker answers in the order in which it was asked, so the first task without an answer is the one it is working on.
"""

import os
import signal
import subprocess
import sys
import warnings
from collections import deque
from collections.abc import Iterable
from time import monotonic
from typing import NamedTuple

import msgspec

from text2sql_data.execution import confinement
from text2sql_data.execution.limits import Limits
from text2sql_data.execution.outcome import Outcome, Task
from text2sql_data.execution.worker import GRACE, READY, Databases, Job, Mode, Setup

_MOST_TASKS = 16
_QUICK = 0.01  # seconds
_READ_BYTES = 1 << 18
_BACKSTOP = 5.0  # seconds after its time at which a worker that even the kernel's timer did not end is killed from here


class Answer(NamedTuple):
    """What a worker wrote about a task: a line of JSON."""

    task: Task
    line: bytes


class WorkerProcess:
    """A running worker.

    Attributes:
        stdin: File descriptor to write to, without blocking.
        stdout: File descriptor to read from.
        tasks: Tasks without an answer yet.
        depth: How many tasks the worker should have: more and more while it is quick, one when it is slow.
        began: Whether the worker got as far as to work.
        confinement: By what it is confined beside its limits, as it said when it began.
        blocked: Whether the pool waits for room in the pipe.
    """

    def __init__(self, limits: Limits, *, mode: Mode, databases: Iterable[str] | None = None) -> None:
        """Start the process, which can read no files but the databases where they are given."""
        setup = msgspec.json.encode(Setup(limits, os.getpid(), mode)).decode()
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "text2sql_data.execution.worker", setup],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
            start_new_session=True,  # Ctrl-C is for the parent, which then ends its workers
            env=confinement.environment(),
        )
        self._pipes = [pipe for pipe in (self._process.stdin, self._process.stdout) if pipe is not None]
        self.stdin, self.stdout = (pipe.fileno() for pipe in self._pipes)
        os.set_blocking(self.stdin, False)
        self.tasks: deque[Task] = deque()
        self.depth = 1
        self.began = False
        self.confinement = ""
        self.blocked = False
        self._overdue = False
        self._since = monotonic()
        paths: Databases = None if databases is None else [os.fsencode(path) for path in databases]
        self._unsent = msgspec.json.encode(paths) + b"\n"
        self._unread: list[bytes] = []

    @property
    def pid(self) -> int:
        """Process id."""
        return self._process.pid

    def give(self, task: Task) -> None:
        """Put a task at the end of the worker's list."""
        if not self.tasks:
            self._since = monotonic()
        self.tasks.append(task)
        self._unsent += msgspec.json.encode(Job(os.fsencode(task.path), task.sql.encode(errors="surrogatepass"))) + b"\n"

    def send(self) -> bool:
        """Write what the pipe takes, and say whether that was everything; a dead worker is noticed by reading."""
        try:
            while self._unsent:
                self._unsent = self._unsent[os.write(self.stdin, self._unsent) :]
        except BlockingIOError:
            return False
        except BrokenPipeError:
            self._unsent = b""
        return True

    def receive(self) -> list[Answer] | None:
        """The answers that have arrived; None when there will be no more."""
        data = os.read(self.stdout, _READ_BYTES)
        self._unread.append(data)
        if b"\n" not in data:
            return [] if data else None
        *lines, rest = b"".join(self._unread).split(b"\n")
        self._unread = [rest]
        if not self.began:
            first = lines.pop(0)
            self.began = first.startswith(READY)
            self.confinement = first.removeprefix(READY).decode(errors="replace").strip('"')
            if self.began and self.confinement != (offered := confinement.available()):
                warnings.warn(
                    f"A worker is confined by {self.confinement}, and this kernel has {offered}: a container may forbid more. "
                    "Outcomes are the same; what hostile SQL could do then is in docs/security.md.",
                    stacklevel=2,
                )
        if len(lines) > len(self.tasks) or not self.began:
            return None  # nobody asked: this is no worker any more
        now = monotonic()
        if lines:
            self.depth = min(self.depth * 2, _MOST_TASKS) if now - self._since < _QUICK * len(lines) else 1
        self._since = now
        return [Answer(self.tasks.popleft(), line) for line in lines]

    def forgive(self, seconds: float) -> None:
        """Do not count a while in which nobody listened."""
        self._since += seconds

    def kill_if_overdue(self, limits: Limits) -> None:
        """Kill a worker that neither answers nor dies; its end is then seen by reading."""
        if self.tasks and monotonic() - self._since > limits.seconds + _BACKSTOP:
            self._overdue = True
            self._process.kill()

    def end(self, patience: float = 0.0) -> int:
        """Kill the process unless it ends by itself within some seconds, and give its return code."""
        try:
            return self._process.wait(patience)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()
        finally:
            for pipe in self._pipes:
                pipe.close()

    def death(self, code: int, limits: Limits) -> Outcome:
        """The outcome of the task during which the worker ended with a return code."""
        elapsed_ms = (monotonic() - self._since) * 1e3
        if self._overdue or code == -signal.SIGALRM:
            return Outcome(status="timeout", error=f"killed after {limits.seconds + GRACE:g} s", elapsed_ms=elapsed_ms)
        if code == -signal.SIGBUS:  # a page of the mapped file could not be had, which says nothing about the statement
            return Outcome(status="no_database", error="the file became shorter, or could not be read, while it was open")
        how = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"
        return Outcome(status="crashed", error=f"the worker {how}", elapsed_ms=elapsed_ms)
