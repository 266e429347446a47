"""Tasks with the databases of an object store fetched to this machine, one after another, and given up when they are done with.

A database that cannot be fetched is no fault of its tasks: each is given back with the reason. Where the cache has no room
left, tasks pause until those under way are done and have given up what they held.
"""

from collections.abc import Collection, Iterable
from itertools import chain
from typing import NamedTuple

from store.errors import StoreError
from text2sql_data.execution import database_cache
from text2sql_data.execution.outcome import Task

PATIENCE = 600.0
"""Seconds to wait for room that other processes' databases take up."""


class Unfetched(NamedTuple):
    """A task whose database cannot be had, and why."""

    task: Task
    reason: str


class _Open:
    """A database in use, and how many of the tasks that were handed out on it are not done."""

    def __init__(self, lease: database_cache.Lease) -> None:
        self.lease = lease
        self.tasks = 0


class LocalFiles:
    """Hands out tasks whose path is a file of this machine."""

    def __init__(self, tasks: Iterable[Task]) -> None:
        self._tasks = iter(tasks)
        self._paused: Task | None = None
        self._open: dict[str, _Open] = {}  # by database
        self._current = ""
        self._reasons: dict[str, str] = {}  # by address

    def next_task(self) -> Task | Unfetched | None:
        """The next task; None when there is none, or none for now (see `resume`)."""
        if self._paused is not None:
            return None
        task = next(self._tasks, None)
        return task if task is None or not database_cache.is_address(task.path) else self._local(task)

    def done(self, task: Task) -> None:
        """Take notice that a task that was handed out has its outcome."""
        if opened := self._open.get(task.database):
            opened.tasks -= 1
            self._give_up(task.database)

    def resume(self) -> bool:
        """Whether there are tasks again; to be called when there was none, and all that were handed out are done."""
        if self._paused is None:
            return False
        self._tasks, self._paused = chain([self._paused], self._tasks), None
        return True

    def close(self) -> None:
        """Give up all databases."""
        for opened in self._open.values():
            opened.lease.close()
        self._open.clear()

    def _local(self, task: Task) -> Task | Unfetched | None:
        if task.database != self._current:
            before, self._current = self._current, task.database
            self._give_up(before)
        opened = self._open.get(task.database)
        if opened is None and task.path not in self._reasons:
            try:
                lease = database_cache.fetch(task.path, task.database, patience=0.0 if self._open else PATIENCE)
                opened = self._open[task.database] = _Open(lease)
            except StoreError as error:
                if isinstance(error, database_cache.CacheFullError) and self._open:
                    self._paused = task
                    return None
                self._reasons[task.path] = error.message
        if opened is None:
            return Unfetched(task, self._reasons[task.path])
        opened.tasks += 1
        return task._replace(path=str(opened.lease.path))

    def _give_up(self, database: str) -> None:
        opened = self._open.get(database)
        if opened is not None and not opened.tasks and database != self._current:
            opened.lease.close()
            del self._open[database]


def local_places(paths: Collection[str]) -> set[str]:
    """The files and folders that databases lie in on this machine."""
    local = {path for path in paths if not database_cache.is_address(path)}
    return local if len(local) == len(set(paths)) else local | {str(database_cache.folder())}
