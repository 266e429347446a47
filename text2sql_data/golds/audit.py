"""The audit of golds: what each did when it was executed, and what probes of its LIMITs and its text columns show.

Golds that were not executed yet are executed first, and that is kept. Findings are computed and not stored.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from importlib.resources import files
from typing import NamedTuple

import sqlglot
from sqlglot import exp

from store import Lake, StoreError
from text2sql_data.benchmarks.adding import current_revision
from text2sql_data.comparators import comparator
from text2sql_data.comparators.labelling import NotExecutedError, current_limits
from text2sql_data.execution import executing, pool
from text2sql_data.execution.database_files import database_files
from text2sql_data.execution.limits import Limits
from text2sql_data.execution.outcome import Fetched, Task
from text2sql_data.golds import KINDS, text_numbers, ties

_SQL = files("text2sql_data") / "golds" / "sql"
_PROBE_ROWS = 100_000
_PROBE_BYTES = 100_000_000


class Finding(NamedTuple):
    """One thing that is wrong, or doubtful, about one gold."""

    benchmark: str
    position: int
    question_id: str | None
    db_id: str
    kind: str
    detail: str
    sql: str


class Audit(NamedTuple):
    """The findings, and what they were found among.

    Attributes:
        findings: By benchmark and position; one for each gold and kind.
        looked_at: Golds that were looked at.
        skipped: Questions whose gold was not looked at, by reason.
        unprobed: LIMITs and columns of golds that were looked at but could not be probed, by reason.
    """

    findings: list[Finding]
    looked_at: int
    skipped: dict[str, int]
    unprobed: dict[str, int]


@dataclass(frozen=True, slots=True)
class Gold:
    """A row of `golds.sql`."""

    benchmark: str
    position: int
    question_id: str | None
    db_id: str
    sql: str | None
    database: str | None
    status: str | None
    error: str | None
    n_rows: int | None
    volatile: bool


class _Question(NamedTuple):
    """Something that the rows of a probe answer."""

    gold: Gold
    task: Task
    answer: Callable[[Fetched], Iterator[tuple[str, str]]]


def audit(
    lake: Lake,
    *,
    benchmark: str | None = None,
    gold_revision: str = "original",
    kinds: Sequence[str] | None = None,
    processes: int | None = None,
    arguments: list[str] | None = None,
) -> Audit:
    """Look at every gold of one gold revision, in one benchmark or all.

    Args:
        lake: The lake.
        benchmark: Only this benchmark.
        gold_revision: Which golds.
        kinds: What to look for, of `KINDS`; everything when None.
        processes: Worker processes.
        arguments: Recorded with the snapshot, where golds have to be executed first.

    Raises:
        StoreError: There is no such benchmark, or no gold of that revision.
    """
    _check_names(lake, benchmark, gold_revision)
    wanted = [kind for kind in KINDS if kinds is None or kind in kinds]
    golds = _golds(lake, benchmark, gold_revision, processes, arguments)
    found: dict[tuple[str, int, str], tuple[Gold, list[str]]] = {}
    skipped: Counter[str] = Counter()
    looked_at = []
    for gold in golds:
        if gold.sql is None or gold.status is None:
            skipped["no gold" if gold.sql is None else "no database" if gold.database is None else "not executed"] += 1
            continue
        looked_at.append(gold)
        for kind, detail in _executed(gold):
            found[gold.benchmark, gold.position, kind] = gold, [detail]
    unprobed: Counter[str] = Counter()
    asking: dict[tuple[str, str], list[_Question]] = {}
    for question in _questions(lake, looked_at, wanted, unprobed):
        asking.setdefault((question.task.database, question.task.sql), []).append(question)
    limits = replace(current_limits(lake)[1], max_rows=_PROBE_ROWS, max_result_bytes=_PROBE_BYTES)
    tasks = (questions[0].task for questions in asking.values())
    for result in pool.fetch_rows(tasks, limits, processes=processes):  # one result at a time is in memory
        for question in asking[result.task.database, result.task.sql]:
            if result.status != "ok":
                unprobed[f"probe ends with {result.status}"] += 1
                continue
            gold = question.gold
            for kind, detail in question.answer(result):
                details = found.setdefault((gold.benchmark, gold.position, kind), (gold, []))[1]
                if detail not in details:
                    details.append(detail)
    findings = [
        Finding(gold.benchmark, gold.position, gold.question_id, gold.db_id, kind, "; ".join(sorted(details)), gold.sql or "")
        for (_, _, kind), (gold, details) in found.items()
        if kind in wanted
    ]
    findings.sort(key=lambda finding: (finding.benchmark, finding.position, wanted.index(finding.kind)))
    return Audit(findings, len(looked_at), dict(skipped), dict(unprobed))


def _check_names(lake: Lake, benchmark: str | None, gold_revision: str) -> None:
    if benchmark is not None:
        current_revision(lake, benchmark)
    rows = lake.sql(
        "SELECT DISTINCT gold_revision FROM golds JOIN current_benchmarks USING (benchmark, revision) "
        "WHERE $b IS NULL OR benchmark = $b ORDER BY ALL",
        b=benchmark,
    ).fetchall()
    known = [name for (name,) in rows]
    if gold_revision not in known:
        raise StoreError(
            f"There is no gold of the revision {gold_revision}{f' for {benchmark}' if benchmark else ''}.",
            f"Choose one of {', '.join(known)}." if known else "Add a benchmark with golds: t2s benchmark add PATH",
        )


def _golds(
    lake: Lake, benchmark: str | None, gold_revision: str, processes: int | None, arguments: list[str] | None
) -> list[Gold]:
    """The golds with their executions, which are made where they are missing."""
    try:
        _, limits = current_limits(lake)
    except NotExecutedError:
        limits = Limits()
    names = [name for (name,) in lake.sql("SELECT benchmark FROM current_benchmarks").fetchall()]
    settings = executing.execute(
        lake,
        limits,
        comparators=[comparator("strict")],  # which executes the SQL as it is written
        golds_of=names if benchmark is None else [benchmark],
        processes=processes,
        arguments=arguments,
    ).settings
    text = (_SQL / "golds.sql").read_text("utf-8")
    return [Gold(*row) for row in lake.sql(text, gold_revision=gold_revision, settings=settings, benchmark=benchmark).fetchall()]


def _executed(gold: Gold) -> Iterator[tuple[str, str]]:
    """What the execution of a gold shows by itself."""
    if gold.status != "ok":
        yield gold.status or "", gold.error or f"the execution ended with {gold.status}"
    elif gold.n_rows == 0:
        yield "empty", "the result has no rows"
    if gold.volatile:
        yield "volatile", "it reads the clock or calls random(), so its result changes by itself"


def _questions(lake: Lake, golds: Sequence[Gold], wanted: Sequence[str], unprobed: Counter[str]) -> Iterator[_Question]:
    """The probes that the wanted findings take."""
    if not {"tie", "null_first", "text_number"} & set(wanted):
        return
    paths = database_files(lake, {gold.database for gold in golds if gold.database is not None}).paths
    schemas = _schemas(lake)
    for gold in golds:
        if gold.status != "ok" or gold.sql is None or gold.database is None:
            continue
        if gold.database not in paths:
            unprobed["database file has changed"] += 1
            continue
        try:
            tree = sqlglot.parse(gold.sql, dialect="sqlite")[0]
        except (sqlglot.errors.SqlglotError, RecursionError):
            tree = None
        if tree is None:
            unprobed["SQL that sqlglot does not parse"] += 1
            continue
        task = Task(gold.database, paths[gold.database], "", "")
        schema = schemas.get(gold.database, {})
        if "tie" in wanted or "null_first" in wanted:
            yield from _limit_questions(gold, task, tree, schema, unprobed)
        if "text_number" in wanted:
            yield from _text_questions(gold, task, tree, schema)


def _limit_questions(
    gold: Gold, task: Task, tree: exp.Expr, schema: text_numbers.Schema, unprobed: Counter[str]
) -> Iterator[_Question]:
    columns = {column for table in schema.values() for column in table}
    for query in ties.limited(tree):
        try:
            probe = ties.probe(query, columns)
        except ties.NotProbedError as reason:
            unprobed[str(reason)] += 1
            continue

        def answer(result: Fetched, probe: ties.Probe = probe) -> Iterator[tuple[str, str]]:
            for kind, detail in (("tie", ties.tie(probe, result.rows)), ("null_first", ties.null_first(probe, result.rows))):
                if detail is not None:
                    yield kind, detail

        yield _Question(gold, task._replace(sql=probe.sql), answer)


def _text_questions(gold: Gold, task: Task, tree: exp.Expr, schema: text_numbers.Schema) -> Iterator[_Question]:
    for use in text_numbers.uses(tree, schema):

        def answer(result: Fetched, use: text_numbers.Use = use) -> Iterator[tuple[str, str]]:
            detail = text_numbers.finding(use, result.rows[0])
            if detail is not None:
                yield "text_number", detail

        yield _Question(gold, task._replace(sql=use.sql), answer)


def _schemas(lake: Lake) -> dict[str, text_numbers.Schema]:
    rows = lake.sql((_SQL / "schemas.sql").read_text("utf-8")).fetchall()
    return {
        database: {
            table["name"].lower(): {column["name"].lower(): column["type"] or "" for column in table["columns"]}
            for table in json.loads(schema)["tables"]
        }
        for database, schema in rows
    }
