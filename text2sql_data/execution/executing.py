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
from pathlib import Path
from typing import Literal, NamedTuple, get_args

from store import Lake
from store.errors import StoreError
from store.ids import file_sha256
from store.scratch import Scratch
from text2sql_data.comparators import COMPARATORS, Comparator
from text2sql_data.execution import pool
from text2sql_data.execution.database_cache import is_address
from text2sql_data.execution.limits import Limits, engine, settings_id
from text2sql_data.execution.outcome import Outcome, Task
from text2sql_data.execution.shards import Shard
from text2sql_data.lookups import require
from text2sql_data.schema.introspect import side_file

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


Stamp = tuple[int, int, bool] | None
"""Size and time of a database file, and whether a log lies beside it; None for what is no file here, such as an address."""


class Plan(NamedTuple):
    """What is to be executed: the number of statements, the pages of them, where the databases are, by identity, and as what."""

    total: int
    tasks: Iterator[Task]
    paths: dict[str, str]
    unusable: dict[str, str]
    stamps: dict[str, Stamp]


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
            todo = run(plan.tasks, limits, processes=processes, databases=plan.paths.values()) if plan.total else ()
            for outcome in todo:
                advance(1)
                if outcome.status in _UNKNOWN:
                    statuses[outcome.status] += 1
                    reason = outcome.error or "cannot be read"
                    if outcome.status == "lost":
                        lost[reason] += 1
                    else:
                        plan.unusable[plan.paths[outcome.database]] = reason
                    continue
                batch.append(outcome)
                if time.monotonic() - last > COMMIT_SECONDS or len(batch) >= 4 * _PAGE:
                    statuses.update(_save(lake, settings, plan, batch, arguments))
                    batch, last = [], time.monotonic()
        finally:  # also after Ctrl-C: what is done is kept
            statuses.update(_save(lake, settings, plan, batch, arguments))
    return Executed(settings, dict(statuses), plan.unusable, dict(lost))


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
    return Pending(settings, plan.total, plan.unusable)


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
    parts = 1 + (row[0] if row else 0) // _PART  # each goes over all candidates, and holds its own texts only
    for part in range(parts):
        scratch.execute(f"CREATE OR REPLACE TEMP TABLE texts AS {_text('texts')}", **names, parts=parts, part=part)
        scratch.execute("CREATE OR REPLACE TEMP TABLE statements (benchmark VARCHAR, db_id VARCHAR, sql VARCHAR)")
        for macros in rewritings.values():
            scratch.execute(macros)
            scratch.execute(f"INSERT INTO statements {_text('statements')}")
        # Texts of different parts may become the same statement.
        scratch.execute(f"INSERT INTO wanted FROM ({_text('wanted')}) ANTI JOIN wanted USING (database, sql_id)")
    scratch.execute("DROP TABLE texts; DROP TABLE statements")
    of = {} if shard is None else {"shard": shard.number, "shards": shard.of}
    scratch.execute(f"CREATE TEMP TABLE pending AS {_text('pending' if shard is None else 'shard')}", settings=settings, **of)
    scratch.execute("DROP TABLE wanted")
    wanted = scratch.execute("SELECT database, count(*) FROM pending GROUP BY database").fetchall()
    counts = {database.replace("-", ""): count for database, count in wanted}
    rows = lake.sql(_text("databases")).fetchall()
    stamps = {path: _stamp(path) for database, path, *_ in rows if database in counts}  # before their content is looked at
    paths, unusable = usable_paths(rows, set(counts))
    total = sum(count for database, count in counts.items() if database in paths)
    return Plan(total, _tasks(scratch, paths), paths, unusable, {database: stamps[path] for database, path in paths.items()})


def _text(name: str) -> str:
    return (_SQL / f"{name}.sql").read_text("utf-8")


def _tasks(scratch: Scratch, paths: dict[str, str]) -> Iterator[Task]:
    result = scratch.execute("FROM pending")
    while page := result.fetchmany(_PAGE):
        for database, sql_id, sql in page:
            if database in paths:
                yield Task(database, paths[database], sql_id, sql)


def database_paths(lake: Lake, wanted: set[str]) -> tuple[dict[str, str], dict[str, str]]:
    """Where the databases lie, by identity; and those whose file is gone or has changed, by path with the reason.

    A path may be the address of an object store, which `pool` fetches; whether it is there is seen only then.
    """
    return usable_paths(lake.sql(_text("databases")).fetchall(), wanted)


def usable_paths(rows: Sequence[tuple[str, str, str, int, int]], wanted: set[str]) -> tuple[dict[str, str], dict[str, str]]:
    """The same from the rows of databases.sql."""
    paths: dict[str, str] = {}
    reasons: dict[str, tuple[str, str]] = {}
    for database, path, sha256, size, mtime_ns in sorted(rows, key=lambda row: is_address(row[1])):  # files first
        if database not in wanted or database in paths:
            continue
        if is_address(path):
            paths[database] = path
        elif reason := _unusable(Path(path), sha256, size, mtime_ns):
            reasons[path] = (database, reason)
        else:
            paths[database] = path
    return paths, {path: reason for path, (database, reason) in reasons.items() if database not in paths}


def _unusable(path: Path, sha256: str, size: int, mtime_ns: int) -> str | None:
    """Why a file cannot be used."""
    try:
        stat = path.stat()
        # Hashing gigabytes at every start would be felt; a file of the same size and time is taken to be the same.
        if (stat.st_size, stat.st_mtime_ns) != (size, mtime_ns) and file_sha256(path) != sha256:
            return "has changed since the benchmark was added"
    except OSError as error:
        return error.strerror or "cannot be read"
    beside = side_file(path)
    return f"has changes in {beside.name} that its sha256 does not cover" if beside else None


def _stamp(path: str) -> Stamp:
    try:
        stat = Path(path).stat()
    except OSError:
        return None
    return stat.st_size, stat.st_mtime_ns, side_file(Path(path)) is not None


def _save(lake: Lake, settings: str, plan: Plan, batch: list[Outcome], arguments: list[str] | None) -> list[str]:
    """Commit outcomes, but none on a file that was written to since the plan was made; the statuses that they have now."""
    changed = {database for database in {one.database for one in batch} if _stamp(plan.paths[database]) != plan.stamps[database]}
    plan.unusable.update({plan.paths[database]: "has changed while SQL was executed on it" for database in changed})
    rows = [{"settings": settings, **outcome.row()} for outcome in batch if outcome.database not in changed]
    if rows:
        with lake.commit(f"execute {len(rows)} SQL", command="execute", arguments=arguments) as commit:
            commit.append("executions", rows)
    return ["no_database" if outcome.database in changed else outcome.status for outcome in batch]
