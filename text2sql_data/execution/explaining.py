"""Query plans of what a lake holds: each SQL once a database content and engine, asked for in the sandbox, and never executed."""

from collections.abc import Iterator
from importlib.resources import files
from typing import NamedTuple

from store.scratch import Scratch
from text2sql_data.execution import pool
from text2sql_data.execution.database_files import DATABASES, usable
from text2sql_data.execution.limits import Limits, engine
from text2sql_data.execution.outcome import Task

_SQL = files("text2sql_data") / "execution" / "sql"
_PAGE = 10_000
_FACTS = frozenset({"ok", "error", "rejected"})
"""The statuses that would be the same another time; the others are faults of the machine."""


class Plans(NamedTuple):
    """What was asked for.

    Attributes:
        rows: New rows of the table `plans`.
        unusable: Databases that cannot be used, by path with the reason.
        failed: Statements whose plan could not be made this time, such as for a worker that died.
    """

    rows: list[dict[str, object]]
    unusable: dict[str, str]
    failed: int


def explain(scratch: Scratch, wanted: str, *, processes: int | None = None) -> Plans:
    """Make the query plans that the lake does not have yet.

    Args:
        scratch: A connection over the lake.
        wanted: A query for database, sql_id and sql.
        processes: Worker processes; one a processor when None.
    """
    scratch.execute(f"CREATE OR REPLACE TEMP TABLE wanted_plans AS SELECT DISTINCT database, sql_id, sql FROM ({wanted})")
    missing = f"CREATE OR REPLACE TEMP TABLE missing_plans AS {(_SQL / 'missing_plans.sql').read_text('utf-8')}"
    scratch.execute(missing, engine=engine())
    databases = {database for (database,) in scratch.execute("SELECT DISTINCT database FROM missing_plans").fetchall()}
    found = usable(scratch.execute(DATABASES).fetchall(), databases)
    rows: list[dict[str, object]] = []
    failed = 0
    for explained in pool.explain(_tasks(scratch, found.paths), Limits(), processes=processes):
        if explained.status not in _FACTS:
            failed += 1
            continue
        task = explained.task
        key = {"database": task.database, "sql_id": task.sql_id, "engine": engine()}
        rows.append({**key, "steps": explained.steps, "error": explained.error})
    changed = found.changed(str(row["database"]) for row in rows)
    failed += sum(row["database"] in changed for row in rows)
    rows = [row for row in rows if row["database"] not in changed]
    rows.sort(key=lambda row: (str(row["database"]), str(row["sql_id"])))  # workers answer in any order
    return Plans(rows, found.unusable, failed)


def _tasks(scratch: Scratch, paths: dict[str, str]) -> Iterator[Task]:
    result = scratch.execute("FROM missing_plans ORDER BY database, sql_id")
    while page := result.fetchmany(_PAGE):
        for database, sql_id, sql in page:
            if database in paths:
                yield Task(database, paths[database], sql_id, sql)
