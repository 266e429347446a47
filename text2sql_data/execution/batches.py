"""Divides a stream of tasks into batches for nodes that ask for them.

A node goes on with the database that it has until there is no more of it, then takes one that no other node has, and helps
another only when there is none. Batches grow while they are quick and shrink when they are slow. What is in memory at once is
bounded, however many tasks there are.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from text2sql_data.execution.outcome import Task

_WINDOW = 50_000  # tasks in memory; databases that have fewer can be given to different nodes
_WINDOW_CHARS = 64_000_000
_FIRST, _MOST = 32, 1_000  # tasks of a batch
_PIECES = 8


_Key = tuple[str, str]


class Batch(NamedTuple):
    """Tasks of one database, and how many machines died over them."""

    tasks: Sequence[Task]
    deaths: int = 0

    @property
    def key(self) -> _Key:
        """What its tasks have in common: identity and path of the database."""
        return self.tasks[0][:2]


class _Line:
    """What is there of one database."""

    def __init__(self) -> None:
        self.tasks: deque[Task] = deque()
        self.again: deque[Batch] = deque()
        self.size = _FIRST


class Batches:
    """The tasks that nobody has."""

    def __init__(self, tasks: Iterable[Task]) -> None:
        self._source: Iterator[Task] | None = iter(tasks)
        self._lines: dict[_Key, _Line] = {}
        self._sizes: dict[_Key, int] = {}
        self._at: dict[str, _Key] = {}  # by node
        self._tasks = 0
        self._chars = 0

    def take(self, node: str, share: int) -> Batch | None:
        """The next batch for a node; None when there is none, though one may come back.

        Args:
            node: Identity of the node.
            share: Into how many parts what is left should be divided at least, so that no part is waited for alone at the end.
        """
        self._look_ahead()
        if not self._lines:
            return None
        key = self._at[node] = self._choose(node)
        line = self._lines[key]
        if line.again:
            batch = line.again.popleft()
        else:
            n = min(line.size, max(1, self._tasks // share))
            batch = Batch([line.tasks.popleft() for _ in range(min(n, len(line.tasks)))])
        self._count(batch.tasks, -1)
        if not line.tasks and not line.again:
            self._sizes[key] = line.size
            del self._lines[key]
        return batch

    def done(self, batch: Batch, taken: int) -> None:
        """Take a batch back whose first tasks are done: all of them, or as many as could be in the time."""
        rest = batch.tasks[taken:]
        if not rest:
            if line := self._lines.get(batch.key):
                line.size = max(line.size, min(_MOST, 2 * taken))
            return
        line = self._line(batch.key)
        line.size = max(1, min(_MOST, 2 * taken))
        if batch.deaths:
            line.again.appendleft(Batch(rest, batch.deaths))
        else:
            line.tasks.extendleft(reversed(rest))
        self._count(rest, 1)

    def lost(self, batch: Batch) -> None:
        """Take a batch back over which a machine died, in pieces: one task may be the cause, and the others should not suffer."""
        n = -(-len(batch.tasks) // _PIECES)
        line = self._line(batch.key)
        line.again.extend(Batch(batch.tasks[i : i + n], batch.deaths + 1) for i in range(0, len(batch.tasks), n))
        self._count(batch.tasks, 1)

    def is_empty(self) -> bool:
        """Whether there is nothing left."""
        self._look_ahead()
        return not self._lines

    def _choose(self, node: str) -> _Key:
        at = self._at.get(node)
        if at is not None and at in self._lines:
            return at
        taken = set(self._at.values())
        free = next((key for key in self._lines if key not in taken), None)
        return free or max(self._lines, key=lambda key: len(self._lines[key].tasks))

    def _line(self, key: _Key) -> _Line:
        line = self._lines.get(key)
        if line is None:
            line = self._lines[key] = _Line()
            line.size = self._sizes.pop(key, _FIRST)
        return line

    def _look_ahead(self) -> None:
        if self._source is None or self._tasks > _WINDOW // 2:
            return
        while self._tasks < _WINDOW and self._chars < _WINDOW_CHARS:
            task = next(self._source, None)
            if task is None:
                self._source = None
                return
            self._line(task[:2]).tasks.append(task)
            self._count([task], 1)

    def _count(self, tasks: Sequence[Task], sign: int) -> None:
        self._tasks += sign * len(tasks)
        self._chars += sign * sum(len(task.sql) for task in tasks)
