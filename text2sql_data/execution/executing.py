"""Executing what a lake wants: every distinct SQL of candidates and golds once a database, in batches that are committed.

Stopped at any point, the next call does only what is missing. Where statements run is another module's: processes of this
machine (`pool`) or a Ray cluster (`on_ray`); what they did is committed here.
"""

import functools
import os
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.resources import files
from typing import Literal, NamedTuple, get_args

from store import Lake
from store.errors import StoreError
from store.scratch import Scratch
from text2sql_data.comparators import COMPARATORS, Comparator
from text2sql_data.execution import pool
from text2sql_data.execution.database_files import DatabaseFiles, database_files
from text2sql_data.execution.limits import Limits, engine, settings_id
from text2sql_data.execution.outcome import Outcome, Task
from text2sql_data.execution.shards import Shard
from text2sql_data.lookups import require

_SQL = files("text2sql_data") / "execution" / "sql"
_PAGE = 10_000
_PART = 2_000_000  # candidates
COMMIT_SECONDS = 20.0
"""How much work an interruption may cost at most."""

On = Literal["local", "ray"]
"""Where statements are executed."""

_UNKNOWN = frozenset({"no_database", "lost"})
"""Statuses that are no facts about a statement but faults of ours, to be tried again."""


class Executed(NamedTuple):
    """What was done.

    Attributes:
        settings: Identity of engine and limits.
        statuses: Number of outcomes by status; of those with no_database or lost nothing is stored.
        unusable: Databases that could not be used, by path, with the reason.
        lost: Why nothing is known of some statements, with their number: machines that died again and again.
    """

    settings: str
    statuses: dict[str, int]
    unusable: dict[str, str]
    lost: dict[str, int]


class Pending(NamedTuple):
    """What there is to do: the number of statements, and the databases that cannot be used, with the reason."""

    settings: str
    total: int
    unusable: dict[str, str]


class Plan(NamedTuple):
    """What is to be executed: the number of statements, the statements, and where the databases are."""

    total: int
    tasks: Iterator[Task]
    databases: DatabaseFiles


def execute(
    lake: Lake,
    limits: Limits,
    *,
    comparators: Sequence[Comparator] = COMPARATORS,
    runs: Sequence[str] | None = None,
    golds_of: Sequence[str] | None = None,
    processes: int | None = None,
    shard: Shard | None = None,
    on: On | None = None,
    ray_address: str | None = None,
    started: Callable[[int], Callable[[int], None]] | None = None,
    arguments: list[str] | None = None,
) -> Executed:
    """Execute every SQL that has no execution under these limits yet.

    Args:
        lake: The lake.
        limits: What a statement may use.
        comparators: Comparators whose rewritten SQL is executed as well.
        runs: Only the candidates of these runs, and the golds of their benchmarks.
        golds_of: Only the golds of these benchmarks, and no candidates.
        processes: Worker processes; one a processor, of this machine or of the cluster, when None.
        shard: Only this part of the work.
        on: Where to execute; as the variable TEXT2SQL_EXECUTE_ON says, or else on this machine, when None.
        ray_address: The Ray cluster; as RAY_ADDRESS says, or else one that is started for this call, when None.
        started: Called with the number of statements; what it returns is called as they are done.
        arguments: Recorded with the snapshots.

    Raises:
        NameNotFoundError: A run is not in the lake.
        RayUnavailableError: Ray is not installed, or there is no cluster at the address.
        SettingsDifferError: A machine of the cluster has another engine or version than this one.
    """
    require(lake, "run", runs)
    run = _executor(on or os.environ.get("TEXT2SQL_EXECUTE_ON") or "local", ray_address)
    settings = settings_id(limits)
    choose(lake, limits, arguments)
    statuses: Counter[str] = Counter()
    lost: Counter[str] = Counter()
    with lake.scratch() as scratch:
        plan = _plan(lake, scratch, settings, comparators, {"runs": runs, "golds_of": golds_of}, shard)
        advance = started(plan.total) if started else lambda _: None
        batch: list[Outcome] = []
        last = time.monotonic()
        try:
            todo = run(plan.tasks, limits, processes=processes, databases=plan.databases.paths.values()) if plan.total else ()
            for outcome in todo:
                advance(1)
                if outcome.status in _UNKNOWN:
                    statuses[outcome.status] += 1
                    reason = outcome.error or "cannot be read"
                    if outcome.status == "lost":
                        lost[reason] += 1
                    else:
                        plan.databases.unusable[plan.databases.paths[outcome.database]] = reason
                    continue
                batch.append(outcome)
                if time.monotonic() - last > COMMIT_SECONDS or len(batch) >= 4 * _PAGE:
                    statuses.update(_save(lake, settings, plan, batch, arguments))
                    batch, last = [], time.monotonic()
        finally:  # also after Ctrl-C: what is done is kept
            statuses.update(_save(lake, settings, plan, batch, arguments))
    return Executed(settings, dict(statuses), plan.databases.unusable, dict(lost))


def pending(
    lake: Lake,
    limits: Limits,
    *,
    comparators: Sequence[Comparator] = COMPARATORS,
    runs: Sequence[str] | None = None,
    shard: Shard | None = None,
) -> Pending:
    """What `execute` would do, with the same arguments."""
    require(lake, "run", runs)
    settings = settings_id(limits)
    with lake.scratch() as scratch:
        plan = _plan(lake, scratch, settings, comparators, {"runs": runs, "golds_of": None}, shard)
    return Pending(settings, plan.total, plan.databases.unusable)


def choose(lake: Lake, limits: Limits, arguments: list[str] | None = None) -> str:
    """Make engine and limits the current settings, which the views follow; the identity of the settings."""
    settings = settings_id(limits)
    current = lake.sql("SELECT settings FROM current_settings").fetchone()
    if current is None or current[0] != settings:
        row = {
            "settings": settings,
            "engine": engine(),
            **asdict(limits),
            "chosen": datetime.now(UTC).replace(tzinfo=None),
        }
        with lake.commit(f"settings {settings}", command="execute", arguments=arguments) as commit:
            commit.append("settings", [row])
    return settings


def _executor(on: str, ray_address: str | None) -> Callable[..., Iterator[Outcome]]:
    """`pool.execute`, or what does the same elsewhere."""
    if on not in get_args(On):
        raise StoreError(f"There is no way to execute on {on!r}.", f"It is one of: {', '.join(get_args(On))}.")
    if on == "local":
        return pool.execute
    from text2sql_data.execution import on_ray

    return functools.partial(on_ray.execute, address=ray_address)


def _plan(
    lake: Lake,
    scratch: Scratch,
    settings: str,
    comparators: Sequence[Comparator],
    only: Mapping[str, Sequence[str] | None],
    shard: Shard | None,
) -> Plan:
    names = {what: None if chosen is None else list(chosen) for what, chosen in only.items()}
    rewritings = {comparator.rewriting: comparator.sql for comparator in comparators}
    scratch.execute("CREATE TEMP TABLE wanted (database UUID, sql_id UUID, sql VARCHAR)")
    row = scratch.execute("SELECT count(*) FROM candidates").fetchone()
    parts = 1 + (row[0] if row else 0) // _PART  # the texts of one at a time are held
    for _ in scratch.in_parts("texts_of_part", _text("texts"), **names, parts=parts):
        scratch.execute("CREATE OR REPLACE TEMP TABLE texts AS SELECT DISTINCT * FROM texts_of_part")
        scratch.execute("CREATE OR REPLACE TEMP TABLE statements (benchmark VARCHAR, db_id VARCHAR, sql VARCHAR)")
        for macros in rewritings.values():
            scratch.execute(macros)
            scratch.execute(f"INSERT INTO statements {_text('statements')}")
        # Texts of different parts may become the same statement.
        scratch.execute(f"INSERT INTO wanted FROM ({_text('wanted')}) ANTI JOIN wanted USING (database, sql_id)")
    scratch.execute("DROP TABLE IF EXISTS texts; DROP TABLE IF EXISTS statements")
    of = {} if shard is None else {"shard": shard.number, "shards": shard.of}
    scratch.execute(f"CREATE TEMP TABLE pending AS {_text('pending' if shard is None else 'shard')}", settings=settings, **of)
    scratch.execute("DROP TABLE wanted")
    wanted = scratch.execute("SELECT database, count(*) FROM pending GROUP BY database").fetchall()
    counts = {database.replace("-", ""): count for database, count in wanted}
    found = database_files(lake, set(counts))
    total = sum(count for database, count in counts.items() if database in found.paths)
    return Plan(total, _tasks(scratch, found.paths), found)


def _text(name: str) -> str:
    return (_SQL / f"{name}.sql").read_text("utf-8")


def _tasks(scratch: Scratch, paths: dict[str, str]) -> Iterator[Task]:
    result = scratch.execute("FROM pending")
    while page := result.fetchmany(_PAGE):
        for database, sql_id, sql in page:
            if database in paths:
                yield Task(database, paths[database], sql_id, sql)


def _save(lake: Lake, settings: str, plan: Plan, batch: list[Outcome], arguments: list[str] | None) -> list[str]:
    """Commit outcomes, but none on a file that was written to since the plan was made; the statuses that they have now."""
    changed = plan.databases.changed(outcome.database for outcome in batch)
    rows = [{"settings": settings, **outcome.row()} for outcome in batch if outcome.database not in changed]
    if rows:
        with lake.commit(f"execute {len(rows)} SQL", command="execute", arguments=arguments) as commit:
            commit.append("executions", rows)
    return ["no_database" if outcome.database in changed else outcome.status for outcome in batch]
