"""Executes tasks on a Ray cluster: as `pool.execute` does, by actors that ask for batches, and each runs a worker of its own.

An actor or a machine that dies costs time only: its batch goes to others, in pieces. What has cost three actors their life is
given up with the status `lost`, which says nothing about the SQL. A machine with another engine or version is refused.
"""

import sys
import warnings
from collections.abc import Collection, Iterable, Iterator
from contextlib import redirect_stdout
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

from store.errors import StoreError
from text2sql_data.execution.batches import Batch, Batches
from text2sql_data.execution.database_cache import is_address
from text2sql_data.execution.errors import LimitsError, RayUnavailableError, SettingsDifferError
from text2sql_data.execution.limits import Limits, engine, settings_id
from text2sql_data.execution.outcome import Outcome, Task
from text2sql_data.execution.ray_actor import Actor, Done, Greeting, Work
from text2sql_data.execution.ray_cluster import connected

if TYPE_CHECKING:
    from types import ModuleType

MOST_DEATHS = 3
"""Actors that may die over a task."""

PATIENCE = 600.0
"""Seconds without any living actor after which the cluster is given up."""

_FAILED_STARTS = 5  # in a row
_COUNT_EVERY = 5.0  # seconds between looks at how many processors there are


def execute(
    tasks: Iterable[Task],
    limits: Limits,
    *,
    processes: int | None = None,
    databases: Collection[str] | None = None,  # noqa: ARG001 - an actor knows the database of each batch
    address: str | None = None,
) -> Iterator[Outcome]:
    """Execute tasks, in any order, each once.

    Args:
        tasks: What to execute; those of one database should follow each other. A path is the same on all machines, or an
            address. `database` must be the identity of the content.
        limits: Bounds for each single task.
        processes: Number of actors; None is one for each processor of the cluster.
        databases: Not used, as in `pool.execute`.
        address: Address of a cluster; None is the variable RAY_ADDRESS, or else a Ray on this machine that ends with the call.
            A Ray that this process has begun already is used as it is.

    Yields:
        One outcome a task, as each is finished, as `pool.execute` gives it; the status may also be `lost`. What is printed
        meanwhile goes to the standard error.

    Raises:
        LimitsError: `processes` is less than 1.
        RayUnavailableError: Ray is not installed, there is no cluster at the address, or it has no machine that works.
        SettingsDifferError: A machine of the cluster has another engine or version than this one.
    """
    if processes is not None and processes < 1:
        raise LimitsError(f"the number of processes is {processes}", "Give at least 1, or leave it out.")
    # Ray prints to the standard output when a machine dies.
    with redirect_stdout(sys.stderr), connected(address, processes) as ray:
        driver = _Driver(ray, tasks, limits, processes)
        try:
            while driver.assign():
                yield from driver.wait()
        finally:
            driver.close()


class _Member:
    """An actor as the driver sees it."""

    def __init__(self, handle: Any) -> None:  # noqa: ANN401 - Ray makes the class of its handles as it goes
        self.handle = handle
        self.node: str | None = None  # until it has greeted
        self.batch: Batch | None = None


class _Driver:
    """The actors, what each of them is at, and the tasks that none of them has."""

    def __init__(self, ray: "ModuleType", tasks: Iterable[Task], limits: Limits, processes: int | None) -> None:
        self._ray = ray
        self._limits = limits
        self._settings = settings_id(limits)
        self._processes = processes
        self._batches = Batches(tasks)
        self._actor = ray.remote(num_cpus=1, max_restarts=0, max_task_retries=0, scheduling_strategy="SPREAD")(Actor)
        self._asked: dict[Any, _Member] = {}  # by the reference of the answer
        self._idle: list[_Member] = []
        self._statuses: dict[str, tuple[int, int] | None] = {}
        self._wanted = 0
        self._counted = float("-inf")
        self._heard = monotonic()
        self._failed_starts = 0

    def assign(self) -> bool:
        """Give each idle actor a batch, hire actors that are missing, and say whether there is anything to wait for."""
        share = 2 * max(1, len(self._asked) + len(self._idle))
        idle, self._idle = self._idle, []
        for member in idle:
            member.batch = self._batches.take(str(member.node), share)
            if member.batch is None:
                self._idle.append(member)
            else:
                self._asked[member.handle.run.remote(self._work(member.batch))] = member
        busy = any(member.batch for member in self._asked.values())
        if not busy and self._batches.is_empty():
            return False
        self._hire()
        return True

    def wait(self) -> Iterator[Outcome]:
        """What actors have to say, after waiting for it for a second at most."""
        if self._asked:
            said, _ = self._ray.wait(list(self._asked), num_returns=1, timeout=1.0)
            more = [reference for reference in self._asked if reference not in said]
            said += self._ray.wait(more, num_returns=len(more), timeout=0)[0] if said and more else []
            for reference in said:
                yield from self._hear(reference)
        if any(member.node for member in self._asked.values()) or self._idle:
            self._heard = monotonic()
        elif monotonic() - self._heard > PATIENCE:
            raise RayUnavailableError(
                f"For {PATIENCE:g} s no machine of the Ray cluster has had room for an actor.",
                "Look at: ray status. What was done is kept.",
            )

    def close(self) -> None:
        """End all actors."""
        for member in [*self._asked.values(), *self._idle]:
            self._ray.kill(member.handle)
        self._asked.clear()
        self._idle.clear()

    def _hire(self) -> None:
        if monotonic() - self._counted > _COUNT_EVERY:  # machines come and go
            self._wanted = self._processes or max(1, int(self._ray.cluster_resources().get("CPU", 1)))
            self._counted = monotonic()
        for _ in range(self._wanted - len(self._asked) - len(self._idle)):
            handle = self._actor.remote(self._limits)
            self._asked[handle.greet.remote()] = _Member(handle)

    def _work(self, batch: Batch) -> Work:
        first = batch.tasks[0]
        if first.path not in self._statuses:
            self._statuses[first.path] = None if is_address(first.path) else _status(first.path)
        return Work(first.database.replace("-", ""), first.path, self._statuses[first.path], [task.sql for task in batch.tasks])

    def _hear(self, reference: Any) -> Iterator[Outcome]:  # noqa: ANN401
        member = self._asked.pop(reference)
        try:
            answer = self._ray.get(reference)
        except self._ray.exceptions.RayTaskError as error:  # it lives, and its code failed
            if isinstance(error.cause, StoreError):
                raise error.cause from error
            raise
        except self._ray.exceptions.RayError as error:
            yield from self._bury(member, error)
            return
        self._failed_starts = 0
        if isinstance(answer, Greeting):
            self._check(answer)
            member.node = answer.node
        else:
            yield from self._take(member, answer)
        self._idle.append(member)

    def _take(self, member: _Member, answer: Done) -> Iterator[Outcome]:
        batch, member.batch = member.batch, None
        if batch is None:
            return
        self._batches.done(batch, answer.taken)
        for outcome in answer.outcomes:
            task = batch.tasks[int(outcome.sql_id)]
            outcome.database, outcome.sql_id, outcome.sql = task.database, task.sql_id, task.sql
            yield outcome

    def _bury(self, member: _Member, error: Exception) -> Iterator[Outcome]:
        """Take leave of an actor: its batch goes to others, or, when it was the last of several, is given up."""
        self._ray.kill(member.handle)  # it may only be out of reach
        self._counted = float("-inf")
        why = " ".join(str(error).split())[:300]
        if member.node is None:
            self._failed_starts += 1
            if self._failed_starts == _FAILED_STARTS:
                raise RayUnavailableError(
                    f"{_FAILED_STARTS} actors in a row ended before they began: {why}",
                    "The same version of this package must be installed on all machines of the cluster.",
                ) from error
        batch, member.batch = member.batch, None
        if batch is None:
            return
        if batch.deaths + 1 < MOST_DEATHS:
            self._batches.lost(batch)
            return
        reason = f"{MOST_DEATHS} actors of Ray died over it ({type(error).__name__})"
        for task in batch.tasks:
            yield Outcome(task.database, task.sql_id, task.sql, status="lost", error=reason)

    def _check(self, greeting: Greeting) -> None:
        if greeting.settings != self._settings:
            raise SettingsDifferError(
                f"{greeting.host} executes with {greeting.engine} under settings {greeting.settings}, "
                f"this machine with {engine()} under {self._settings}.",
                "Install the same version of this package and of apsw on all machines of the cluster.",
            )
        if greeting.confinement == "none":
            warnings.warn(
                f"{greeting.host} has neither Landlock nor seccomp: workers there are confined by their limits alone.",
                stacklevel=2,
            )


def _status(path: str) -> tuple[int, int] | None:
    try:
        status = Path(path).stat()
    except OSError:
        return None
    return status.st_size, status.st_mtime_ns
