"""Running the rule critics over a lake: every distinct SQL once a database content, and its findings to all candidates with it.

What was examined is known by a row of the validator `rules`, written when every critic has had its say; stopped at any point,
the next run does only what is missing. The number of processes changes no row.
"""

import logging
import multiprocessing
import os
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import lru_cache
from importlib.resources import files
from itertools import groupby
from typing import NamedTuple, Self, TypeAlias

from store import Lake, StoreError
from text2sql_data.critiques import stored
from text2sql_data.critiques.critics import CRITICS
from text2sql_data.critiques.examining import SYNTAX, Examined, examine
from text2sql_data.critiques.model import Finding, Probe
from text2sql_data.execution import pool
from text2sql_data.execution.database_files import database_files
from text2sql_data.execution.executing import COMMIT_SECONDS
from text2sql_data.execution.limits import Limits
from text2sql_data.execution.outcome import Fetched, Task
from text2sql_data.lookups import require

VERSION = 2
"""Version of the rule critics: raise it whenever a finding could change."""

REGIME = f"rule@{VERSION}"
RULES = "rules"
NAMES = (*CRITICS, SYNTAX)

_SQL = files("text2sql_data") / "critiques" / "sql"
_LONGEST = 50_000  # characters of a SQL; what is longer is no SQL that anybody meant
_PAGE = 2_000
_BATCH = 100
_FEW = 400  # statements that are not worth the start of a process
_LIMITS = Limits(seconds=30.0, max_rows=100_000, max_result_bytes=50_000_000)  # the same in every lake, for findings rest on them
_AGAIN = frozenset({"timeout", "crashed", "no_database"})  # of the machine: what the database would say is not known

_CLEAN = "No rule finds fault with it.\nConclude: correct."


class UnknownCriticError(StoreError, LookupError):
    """There is no rule critic of that name."""


class Criticised(NamedTuple):
    """What a run of the critics did, or would do.

    Attributes:
        regime: Version of the critics, as the critiques have it.
        statements: Distinct SQL that was examined; in a dry run, that would be.
        candidates: Candidates that were not examined before.
        findings: Distinct SQL in which a critic found something, by critic.
        critiques: Rows that were added.
        skipped: Candidates that cannot be examined, by reason.
        postponed: Distinct SQL that was not examined this time, by reason: the next run tries it again.
    """

    regime: str
    statements: int
    candidates: int
    findings: dict[str, int]
    critiques: int
    skipped: dict[str, int]
    postponed: dict[str, int]


_Named: TypeAlias = tuple[str, Finding]


class _Statement(NamedTuple):
    database: str
    sql_id: str
    sql: str


def run(
    lake: Lake,
    *,
    runs: Sequence[str] | None = None,
    critics: Sequence[str] | None = None,
    processes: int | None = None,
    started: Callable[[int], Callable[[int], None]] | None = None,
    arguments: list[str] | None = None,
    dry_run: bool = False,
) -> Criticised:
    """Examine the SQL of every candidate that was not examined by this version of the critics.

    Args:
        lake: The lake.
        runs: Only the candidates of these runs.
        critics: Only these critics. Candidates then do not count as examined, for the others have not seen them.
        processes: Worker processes, one a processor when None.
        started: Called with the number of statements; what it returns is called as they are done.
        arguments: Recorded with the snapshots.
        dry_run: Only say how much there is to examine.

    Raises:
        NameNotFoundError: A run is not in the lake.
        UnknownCriticError: There is no critic of that name.
    """
    require(lake, "run", runs)
    chosen = _chosen(critics)
    parameters = {"runs": None if runs is None else list(runs), "longest": _LONGEST}
    skipped = dict(lake.sql(_text("skipped"), **parameters).fetchall())
    postponed: Counter[str] = Counter()
    findings: Counter[str] = Counter()
    added = 0
    with lake.scratch() as scratch:
        scratch.execute(f"CREATE TEMP TABLE todo AS {_text('todo')}", regime=REGIME, **parameters)
        counts = scratch.execute("SELECT count(DISTINCT (database, sql_id)), count(*) FROM todo").fetchone() or (0, 0)
        if dry_run or not counts[0]:
            return Criticised(REGIME, counts[0], counts[1], {}, 0, skipped, {})
        schemas = dict(lake.sql(_text("schemas")).fetchall())
        databases = {name for (name,) in scratch.execute("SELECT DISTINCT database FROM todo").fetchall()}
        paths = database_files(lake, databases).paths
        advance = started(counts[0]) if started else lambda _: None
        batch: list[dict[str, object]] = []
        last, done = time.monotonic(), 0
        result = scratch.execute(_text("statements"))
        try:
            with _Examiner(counts[0], processes) as examiner:
                while page := [_Statement(*row) for row in result.fetchmany(_PAGE)]:
                    for statement, found in _examined(page, examiner, schemas, paths, chosen, processes, postponed):
                        findings.update({name for name, _ in found})
                        batch += _rows(statement, found, complete=chosen == NAMES)
                        done += 1
                    advance(len(page))
                    if time.monotonic() - last > COMMIT_SECONDS:
                        added += _save(lake, batch, parameters, arguments)
                        batch, last = [], time.monotonic()
        finally:  # also after Ctrl-C: what is done is kept
            added += _save(lake, batch, parameters, arguments)
    return Criticised(REGIME, done, counts[1], dict(sorted(findings.items())), added, skipped, dict(postponed))


def _chosen(critics: Sequence[str] | None) -> tuple[str, ...]:
    for name in critics or ():
        if name not in NAMES:
            raise UnknownCriticError(f"There is no rule critic {name}.", f"There are: {', '.join(NAMES)}.")
    return tuple(name for name in NAMES if critics is None or name in critics)


class _Examiner:
    """Examines statements in worker processes, or here where they are few."""

    def __init__(self, statements: int, processes: int | None) -> None:
        workers = processes or len(os.sched_getaffinity(0))
        self._pool = None
        if workers > 1 and statements > _FEW:
            # Started afresh: a fork of a process with DuckDB's threads may stand still.
            self._pool = ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn"))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)

    def examine(self, page: Sequence[_Statement], schemas: dict[str, str], critics: tuple[str, ...]) -> Iterator[Examined]:
        """The statements in their order."""
        batches = []
        for database, group in groupby(page, key=lambda statement: statement.database):
            texts = [statement.sql for statement in group]
            batches += [(schemas[database], texts[start : start + _BATCH], critics) for start in range(0, len(texts), _BATCH)]
        done = map(_examine, batches) if self._pool is None else self._pool.map(_examine, batches)
        for batch in done:
            yield from batch


@lru_cache(maxsize=64)
def _schema(text: str) -> stored.Schema:
    return stored.read(text)


def _examine(batch: tuple[str, list[str], tuple[str, ...]]) -> list[Examined]:
    schema, texts, critics = batch
    logging.getLogger("sqlglot").setLevel(logging.ERROR)  # it warns of statements that it does not look into
    return [examine(text, _schema(schema), critics) for text in texts]


def _examined(
    page: Sequence[_Statement],
    examiner: _Examiner,
    schemas: dict[str, str],
    paths: dict[str, str],
    critics: tuple[str, ...],
    processes: int | None,
    postponed: Counter[str],
) -> Iterator[tuple[_Statement, list[_Named]]]:
    """The statements of a page with what was found, without those that have to wait."""
    usable = [statement for statement in page if statement.database in paths]
    if len(usable) < len(page):
        postponed["the database file has changed or is gone"] += len(page) - len(usable)
    found: list[list[_Named]] = []
    waiting: dict[int, str] = {}
    asking: dict[tuple[str, str], list[tuple[int, str, Probe]]] = {}
    for number, examined in enumerate(examiner.examine(usable, schemas, critics)):
        found.append(examined.findings)
        if examined.too_deep:
            waiting[number] = "it is nested too deep to be read"
        for name, probe in examined.probes:
            asking.setdefault((usable[number].database, probe.sql), []).append((number, name, probe))
    tasks = (Task(database, paths[database], "", sql) for database, sql in asking)
    for result in pool.fetch_rows(tasks, _LIMITS, processes=processes):
        for number, name, probe in asking[result.task.database, result.task.sql]:
            if result.status in _AGAIN:
                waiting[number] = f"a probe ends with {result.status}"
            else:
                found[number] += _answers(name, probe, result)
    postponed.update(waiting.values())
    for number, statement in enumerate(usable):
        if number not in waiting:
            yield statement, sorted(set(found[number]), key=lambda one: (NAMES.index(one[0]), one[1]))


def _answers(name: str, probe: Probe, result: Fetched) -> list[_Named]:
    """What the rows of a probe show; one that the engine refuses shows nothing."""
    finding = probe.answer(result.rows) if result.status == "ok" else None
    return [] if finding is None else [(name, finding)]


def _rows(statement: _Statement, found: list[_Named], *, complete: bool) -> Iterator[dict[str, object]]:
    """What was found about a statement, a row a finding; and one of all critics together when all had their say."""
    place = {"database": statement.database, "sql_id": statement.sql_id}
    for name, group in groupby(found, key=lambda one: one[0]):
        for ordinal, (_, finding) in enumerate(group):
            yield {
                **place,
                "validator": name,
                "ordinal": ordinal,
                "text": critique_text(name, finding),
                "verdict": "incorrect",
                "saw": finding.saw,
                "change": finding.change,
            }
    if complete:
        names = ", ".join(dict.fromkeys(name for name, _ in found))
        text = f"Found fault with by {names}.\nConclude: incorrect." if found else _CLEAN
        verdict = "incorrect" if found else "correct"
        yield {**place, "validator": RULES, "ordinal": 0, "text": text, "verdict": verdict, "saw": None, "change": None}


def critique_text(name: str, finding: Finding) -> str:
    """A finding in prose, in the form in which validators write."""
    return f"{name.replace('_', ' ').upper()}.\n{finding.saw}.\nChange: {finding.change}.\nConclude: incorrect."


def _save(lake: Lake, batch: list[dict[str, object]], parameters: Mapping[str, object], arguments: list[str] | None) -> int:
    if not batch:
        return 0
    with lake.commit(f"critique {REGIME}", command="critique run", arguments=arguments) as commit:
        commit.execute(f"CREATE TEMP TABLE todo AS {_text('todo')}", regime=REGIME, **parameters)
        commit.stage("found", batch)
        commit.execute(f"CREATE TEMP TABLE spread AS {_text('spread')}", regime=REGIME)
        commit.append("critiques", "FROM spread")
    return commit.added.get("critiques", 0)


def _text(name: str) -> str:
    return (_SQL / f"{name}.sql").read_text("utf-8")
