"""Executes tasks in worker processes that hostile SQL may kill: the task that did pays for it, and no other.

One thread moves JSON lines between the iterator of tasks and the pipes of the workers. A worker has a few tasks at a time,
one when they are slow; what a dead worker had not begun goes to another. Whoever stops iterating leaves no process behind.
A database in an object store is fetched when its first task comes (`fetching`).
"""

import os
import selectors
import sys
from collections import deque
from collections.abc import Collection, Iterable, Iterator
from contextlib import closing
from time import monotonic

import msgspec

from text2sql_data.execution.errors import LimitsError, SandboxError
from text2sql_data.execution.fetching import LocalFiles, Unfetched, local_places
from text2sql_data.execution.limits import Limits
from text2sql_data.execution.outcome import Explained, Fetched, Outcome, Task
from text2sql_data.execution.preview import decode_rows
from text2sql_data.execution.process import WorkerProcess
from text2sql_data.execution.worker import Mode, PlanAnswer, RowsAnswer

_FAILED_STARTS = 10  # in a row: a few may be bad luck, such as a machine without memory
_MOST_UNFETCHED = 100  # answers that wait to be said
_OUTCOME = msgspec.json.Decoder(Outcome)
_PLAN_ANSWER = msgspec.json.Decoder(PlanAnswer)
_ROWS_ANSWER = msgspec.json.Decoder(RowsAnswer)


def execute(
    tasks: Iterable[Task], limits: Limits, *, processes: int | None = None, databases: Collection[str] | None = None
) -> Iterator[Outcome]:
    """Execute tasks, in any order, each once.

    Tasks are pulled as they are needed, so that millions of them need no memory; those of one database should follow each
    other, for a worker keeps few databases open. Where the path of a task is an address (`s3://...`), its `database` must be
    the identity of the content.
    The thread that asks for the first outcome must live as long as the iteration: workers die with it.

    Args:
        tasks: What to execute.
        limits: Bounds for each single task.
        processes: Number of workers; None is one for each processor that this process may use.
        databases: Paths of the databases that the tasks are about, so that workers can read no other file where the kernel can
            see to it; those of the tasks when they are a collection.

    Yields:
        One outcome a task, as each is finished.

    Raises:
        LimitsError: `processes` is less than 1.
        SandboxError: No worker can be started.
    """
    with closing(Crew(limits, processes)) as crew:
        yield from crew.execute(tasks, databases=databases)


class Crew:
    """Workers that stay for several calls, where starting them for each would cost more than its tasks do."""

    def __init__(self, limits: Limits, processes: int | None = None) -> None:
        """Check the arguments, as `execute` does; workers start with the first tasks."""
        self._pool = _Pool(limits, processes, mode="outcomes")

    def execute(self, tasks: Iterable[Task], *, databases: Collection[str] | None = None) -> Iterator[Outcome]:
        """Execute tasks as the function `execute` does; by one thread, and one call after the other."""
        for task, answer in self._pool.run(tasks, databases):
            outcome = answer if isinstance(answer, Outcome) else _read_outcome(answer)
            outcome.database, outcome.sql_id, outcome.sql = task.database, task.sql_id, task.sql
            yield outcome

    def close(self) -> None:
        """End all workers."""
        self._pool.close()


def fetch_rows(tasks: Iterable[Task], limits: Limits, *, processes: int | None = None) -> Iterator[Fetched]:
    """Execute tasks under the same rules and give their whole results, for comparisons that digests do not decide.

    A result is in memory as a whole, here and in the worker, within `max_rows` and `max_result_bytes`.

    Raises:
        LimitsError: `processes` is less than 1.
        SandboxError: No worker can be started.
    """
    for task, answer in _drive(tasks, limits, processes, mode="rows"):
        if isinstance(answer, Outcome):
            yield Fetched(task, answer.status, None, [], answer.error)
        else:
            yield _read_rows(task, answer)


def explain(tasks: Iterable[Task], limits: Limits, *, processes: int | None = None) -> Iterator[Explained]:
    """Ask for the query plans of tasks, which pass the same checks as to be executed, and are not executed.

    Raises:
        LimitsError: `processes` is less than 1.
        SandboxError: No worker can be started.
    """
    for task, answer in _drive(tasks, limits, processes, mode="plans"):
        if isinstance(answer, Outcome):
            yield Explained(task, answer.status, None, answer.error)
            continue
        try:
            plan = _PLAN_ANSWER.decode(answer)
            yield Explained(task, plan.status, plan.steps, plan.error)
        except msgspec.MsgspecError as error:
            yield Explained(task, "crashed", None, f"the answer of the worker is not a plan: {error}")


def _read_outcome(line: bytes) -> Outcome:
    try:
        return _OUTCOME.decode(line)
    except msgspec.MsgspecError as error:
        return Outcome(status="crashed", error=f"the answer of the worker is not an outcome: {error}")


def _read_rows(task: Task, line: bytes) -> Fetched:
    try:
        answer = _ROWS_ANSWER.decode(line)
        return Fetched(task, answer.status, answer.columns, decode_rows(answer.rows), answer.error)
    except (msgspec.MsgspecError, ValueError) as error:
        return Fetched(task, "crashed", None, [], f"the answer of the worker is not a result: {error}")


def _drive(tasks: Iterable[Task], limits: Limits, processes: int | None, *, mode: Mode) -> Iterator[tuple[Task, bytes | Outcome]]:
    """Each task with the answer of its worker, or with the outcome of the worker's death."""
    with closing(_Pool(limits, processes, mode=mode)) as pool:
        yield from pool.run(tasks, None)


class _Pool:
    """Running workers, and the tasks that none of them has."""

    def __init__(self, limits: Limits, processes: int | None, *, mode: Mode) -> None:
        if processes is not None and processes < 1:
            raise LimitsError(f"the number of processes is {processes}", "Give at least 1, or leave it out.")
        self._source = LocalFiles(())
        self._again: deque[Task] = deque()
        self._said: list[tuple[Task, bytes | Outcome]] = []
        self._limits = limits
        self._processes = processes or len(os.sched_getaffinity(0))
        self._mode: Mode = mode
        self._readable: set[str] | None = None
        self._workers: list[WorkerProcess] = []
        self._failed_starts = 0
        self._left = monotonic()
        self._selector = selectors.DefaultSelector()

    def run(self, tasks: Iterable[Task], databases: Collection[str] | None) -> Iterator[tuple[Task, bytes | Outcome]]:
        """Each task with its answer; when this is left before its end, the workers that were busy are ended."""
        if databases is None and isinstance(tasks, Collection):
            databases = {task.path for task in tasks}
        self._let_read(None if databases is None else local_places(databases))
        with closing(LocalFiles(tasks)) as self._source:
            try:
                self._left = monotonic()
                while True:
                    while self.fill():
                        for answer in self.wait():
                            self._source.done(answer[0])
                            yield answer
                    if not self._source.resume():
                        break
            finally:
                self._again.clear()
                self._said.clear()
                for worker in [worker for worker in self._workers if worker.tasks]:
                    self._dismiss(worker)

    def _let_read(self, readable: set[str] | None) -> None:
        """Workers may read these files and folders only; those that may not read all of them, or more, make room for others."""
        if readable is None or self._readable is None or not readable <= self._readable:
            if readable != self._readable:
                for worker in list(self._workers):
                    self._dismiss(worker)
            self._readable = readable

    def fill(self) -> bool:
        """Give each worker its share, start workers that are missing, and say whether there is anything to wait for."""
        for worker in self._workers:
            while len(worker.tasks) < worker.depth and (task := self._next_task()) is not None:
                worker.give(task)
        while len(self._workers) < self._processes and (task := self._next_task()) is not None:
            worker = WorkerProcess(self._limits, mode=self._mode, databases=self._readable)
            self._workers.append(worker)
            self._selector.register(worker.stdout, selectors.EVENT_READ, worker)
            worker.give(task)
        for worker in self._workers:
            self._send(worker)
        return bool(self._said) or any(worker.tasks for worker in self._workers)

    def wait(self) -> Iterator[tuple[Task, bytes | Outcome]]:
        """What workers have to say, after waiting for it for a second at most."""
        for worker in self._workers:  # whoever asks may have taken a while, with answers waiting in the pipes
            worker.forgive(monotonic() - self._left)
        said, self._said = self._said, []
        for key, _ in self._selector.select(timeout=0.0 if said else 1.0):
            worker = key.data
            if worker not in self._workers:
                continue  # it ended a moment ago
            if key.fd == worker.stdin:
                self._send(worker)
                continue
            answers = worker.receive()
            said += self._bury(worker) if answers is None else answers
        for worker in self._workers:
            worker.kill_if_overdue(self._limits)
        self._left = monotonic()
        yield from said

    def close(self) -> None:
        """End all workers."""
        for worker in self._workers:
            worker.end()
        self._selector.close()

    def _next_task(self) -> Task | None:
        if self._again:
            return self._again.popleft()
        while len(self._said) < _MOST_UNFETCHED and (task := self._source.next_task()) is not None:
            if not isinstance(task, Unfetched):
                return task
            self._said.append((task.task, Outcome(status="no_database", error=task.reason)))
        return None

    def _send(self, worker: WorkerProcess) -> None:
        blocked = not worker.send()
        if blocked and not worker.blocked:
            self._selector.register(worker.stdin, selectors.EVENT_WRITE, worker)
        elif worker.blocked and not blocked:
            self._selector.unregister(worker.stdin)
        worker.blocked = blocked

    def _dismiss(self, worker: WorkerProcess, patience: float = 0.0) -> int:
        """Let go of a worker, and end it; its return code."""
        self._workers.remove(worker)
        self._selector.unregister(worker.stdout)
        if worker.blocked:
            self._selector.unregister(worker.stdin)
        return worker.end(patience)

    def _bury(self, worker: WorkerProcess) -> Iterator[tuple[Task, Outcome]]:
        """Take leave of a worker that has ended: its first task pays if it had begun, the others go back."""
        code = self._dismiss(worker, patience=1.0)
        victim = worker.tasks.popleft() if worker.began and worker.tasks else None
        self._again.extendleft(reversed(worker.tasks))
        self._failed_starts = 0 if worker.began else self._failed_starts + 1
        if self._failed_starts == _FAILED_STARTS:
            raise SandboxError(
                f"{_FAILED_STARTS} workers in a row ended before they began, the last with code {code}",
                f"Look at what they wrote to the standard error. They were started by {sys.executable}.",
            )
        if victim is not None:
            yield victim, worker.death(code, self._limits)
