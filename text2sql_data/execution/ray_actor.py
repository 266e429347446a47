"""What runs on the machines of a Ray cluster: one worker process behind the sandbox, and batches of statements for it.

Each machine runs the code that is installed there; `greet` says which engine and settings that comes to.
"""

import socket
from collections.abc import Iterator
from pathlib import Path
from time import monotonic
from typing import NamedTuple

from store.ids import file_sha256
from text2sql_data.execution import confinement
from text2sql_data.execution.database_cache import is_address
from text2sql_data.execution.limits import Limits, engine, settings_id
from text2sql_data.execution.outcome import Outcome, Task
from text2sql_data.execution.pool import Crew

SECONDS = 1.0
"""How long a batch is worked on before what was not begun goes back, so that others can have it."""

_ANSWER_BYTES = 8_000_000


class Greeting(NamedTuple):
    """Where an actor is, what it would store its outcomes under, and what confines workers there."""

    node: str
    host: str
    engine: str
    settings: str
    confinement: str


class Work(NamedTuple):
    """A batch on its way: SQL on one database, and what the driver's machine knows of its file (bytes and time, or None)."""

    database: str
    path: str
    status: tuple[int, int] | None
    sql: list[str]


class Done(NamedTuple):
    """What came of a batch: outcomes whose `sql_id` is the place in the batch, of the first `taken` statements."""

    outcomes: list[Outcome]
    taken: int


class Actor:
    """Executes batches, one at a time; it lives in a process of Ray, which may die at any time."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._crew = Crew(limits, 1)
        self._known: dict[tuple[str, str], tuple[int, int]] = {}

    def greet(self) -> Greeting:
        """Say who this is."""
        import ray

        node = ray.get_runtime_context().get_node_id()
        return Greeting(node, socket.gethostname(), engine(), settings_id(self._limits), confinement.available())

    def run(self, work: Work) -> Done:
        """Execute a batch, for about a second."""
        reason = None if is_address(work.path) else self._wrong(work)
        if reason is not None:
            return Done([Outcome(sql_id=str(n), status="no_database", error=reason) for n in range(len(work.sql))], len(work.sql))
        taken, size, end = 0, 0, monotonic() + SECONDS
        outcomes: list[Outcome] = []

        def tasks() -> Iterator[Task]:
            nonlocal taken
            for n, sql in enumerate(work.sql):
                if taken and (monotonic() > end or size > _ANSWER_BYTES):
                    return
                taken += 1
                yield Task(work.database, work.path, str(n), sql)

        for outcome in self._crew.execute(tasks(), databases=[work.path]):
            outcome.database = outcome.sql = ""  # known to who asked
            size += len(outcome.preview or "") + len(outcome.error or "") + sum(map(len, outcome.columns or ()))
            outcomes.append(outcome)
        return Done(outcomes, taken)

    def _wrong(self, work: Work) -> str | None:
        """Why the file of this machine is not the database: another machine may have another file under the same path."""
        try:
            status = Path(work.path).stat()
            now = (status.st_size, status.st_mtime_ns)
            if now in {work.status, self._known.get((work.database, work.path))}:
                return None
            if file_sha256(Path(work.path))[:32] != work.database:
                return f"has other content on {socket.gethostname()}"
        except OSError as error:
            return f"cannot be read on {socket.gethostname()}: {error.strerror}"
        self._known[work.database, work.path] = now
        return None
