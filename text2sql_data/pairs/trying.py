"""Executes what a maker of pairs staged, as `t2s execute` does: in the sandbox, under the current settings, each SQL once.

What was executed before is not executed again, and what is new is kept in the lake.
"""

import time
from collections.abc import Callable
from importlib.resources import files
from typing import NamedTuple

from store import Commit, Lake
from text2sql_data.comparators.labelling import NotExecutedError, current_limits
from text2sql_data.execution import executing, pool
from text2sql_data.execution.database_files import DatabaseFiles, database_files
from text2sql_data.execution.limits import Limits, settings_id
from text2sql_data.execution.outcome import Outcome, Task

_EXECUTION = files("text2sql_data") / "execution" / "sql"
_SQL = files("text2sql_data") / "pairs" / "sql"
_BATCH = 50_000

Started = Callable[[str, int], Callable[[int], None]]
"""Told what is done and how much of it there is; gives what is to be called as it is done."""


class Tried(NamedTuple):
    """Under which settings, and the databases that could not be used, with the reason."""

    settings: str
    unusable: dict[str, str]


def execute(
    lake: Lake,
    commit: Commit,
    *,
    processes: int | None,
    started: Started | None,
    arguments: list[str] | None,
    dry_run: bool,
) -> Tried:
    """Execute the SQL in the temporary table `statements` (benchmark, db_id, sql), and leave `synthetic_results`.

    Args:
        lake: The lake, which gets the executions.
        commit: Where the temporary tables are.
        processes: Worker processes; one a processor when None.
        started: Told how much there is to execute.
        arguments: Recorded with the snapshots.
        dry_run: Keep the executions out of the lake.
    """
    try:
        settings, limits = current_limits(lake)
    except NotExecutedError:
        limits = Limits()
        settings = settings_id(limits) if dry_run else executing.choose(lake, limits, arguments)
    commit.execute(f"CREATE TEMP TABLE wanted AS {(_EXECUTION / 'wanted.sql').read_text('utf-8')}")
    commit.execute(f"CREATE TEMP TABLE pending AS {(_EXECUTION / 'pending.sql').read_text('utf-8')}", settings=settings)
    rows = commit.execute("FROM pending").fetchall()
    found = database_files(lake, {database for database, _, _ in rows})
    tasks = [Task(database, found.paths[database], sql_id, sql) for database, sql_id, sql in rows if database in found.paths]
    advance = started("executing", len(tasks)) if started else lambda _: None
    commit.execute(f"CREATE TEMP TABLE synthetic_results AS {_text('synthetic_results')}", settings=settings)
    batch: list[Outcome] = []
    last = time.monotonic()
    try:
        for outcome in pool.execute(tasks, limits, processes=processes):
            advance(1)
            if outcome.status == "no_database":  # a fault of ours, to be tried again
                found.unusable[found.paths[outcome.database]] = outcome.error or "cannot be read"
                continue
            batch.append(outcome)
            if len(batch) >= _BATCH or time.monotonic() - last > executing.COMMIT_SECONDS:
                _keep(lake, commit, settings, found, batch, arguments, dry_run=dry_run)
                batch, last = [], time.monotonic()
    finally:  # also after Ctrl-C: what is done is kept
        _keep(lake, commit, settings, found, batch, arguments, dry_run=dry_run)
    return Tried(settings, found.unusable)


def _keep(
    lake: Lake,
    commit: Commit,
    settings: str,
    databases: DatabaseFiles,
    batch: list[Outcome],
    arguments: list[str] | None,
    *,
    dry_run: bool,
) -> None:
    changed = databases.changed(outcome.database for outcome in batch)
    rows = [{"settings": settings, **outcome.row()} for outcome in batch if outcome.database not in changed]
    if not rows:
        return
    if not dry_run:
        with lake.commit(f"execute {len(rows)} SQL", command="pairs synthesise", arguments=arguments) as executions:
            executions.append("executions", rows)
    commit.execute("CREATE OR REPLACE TEMP TABLE synthetic_batch AS FROM executions LIMIT 0")
    staged = commit.stage("synthetic_rows", rows)
    if staged:
        commit.execute("INSERT INTO synthetic_batch BY NAME FROM synthetic_rows")
    commit.execute(f"INSERT INTO synthetic_results {_text('synthetic_outcomes')}")


def _text(name: str) -> str:
    return (_SQL / f"{name}.sql").read_text("utf-8")
