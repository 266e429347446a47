"""Why candidates of a question were judged as they were: their results side by side with the gold's, and the first difference.

Nothing is labelled here. Previews come from the executions in the lake; differences are found in whole results, which are
fetched again, within bounds.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from importlib.resources import files
from typing import NamedTuple

from store import Lake
from text2sql_data.benchmarks.adding import current_revision
from text2sql_data.comparators import Comparator
from text2sql_data.comparators.difference import counted, difference, permutation_note, shown
from text2sql_data.comparators.labelling import current_limits
from text2sql_data.comparators.permutation import same_under_permutation
from text2sql_data.execution import pool
from text2sql_data.execution.database_files import database_files
from text2sql_data.execution.limits import Limits
from text2sql_data.execution.outcome import Fetched, Task
from text2sql_data.execution.preview import decode_preview
from text2sql_data.lookups import QuestionNotFoundError

_SQL = files("text2sql_data") / "comparators" / "sql"
_MAX_ROWS = 100_000
_MAX_BYTES = 50_000_000


class Result(NamedTuple):
    """What a SQL did: the status, the engine's text for a failure, and the start of its rows as text, a cell each."""

    sql: str | None
    status: str
    error: str | None
    columns: list[str]
    n_rows: int | None
    preview: list[list[str]]


class Opinion(NamedTuple):
    """The label of one comparator, and the first difference that it would find; None where it finds none or cannot look."""

    comparator: str
    verdict: str
    reason: str | None
    difference: str | None


@dataclass(slots=True)
class Group:
    """Candidates that give the same result and have the same labels.

    Attributes:
        result: What the first of them did.
        opinions: One for each comparator.
        answers: Run, sample and stage of each.
        n_sqls: How many different SQL texts they are.
    """

    result: Result
    opinions: list[Opinion]
    answers: list[tuple[str, int, str]] = field(default_factory=list)
    n_sqls: int = 1


class Explanation(NamedTuple):
    """A question, its gold, and the groups of its candidates, the largest first."""

    benchmark: str
    position: int
    question_id: str | None
    db_id: str
    question: str
    evidence: str
    gold: Result
    groups: list[Group]


class _Asked(NamedTuple):
    """The row of `why_question.sql`."""

    revision: str
    position: int
    question_id: str | None
    db_id: str
    question: str
    evidence: str
    sql: str | None
    database: str | None
    status: str | None
    error: str | None
    columns: list[str] | None
    n_rows: int | None
    preview: str | None


def explain(
    lake: Lake,
    question: str,
    comparators: Sequence[Comparator],
    *,
    benchmark: str | None = None,
    gold_revision: str = "original",
    runs: Sequence[str] | None = None,
    processes: int | None = None,
) -> Explanation:
    """Explain the labels of one question's candidates.

    Args:
        lake: The lake.
        question: Its position, or `id:` and its question id.
        comparators: Whose labels are explained.
        benchmark: Its benchmark; may be left out where the lake has but one.
        gold_revision: Gold revision that the candidates are compared with.
        runs: Only the candidates of these runs.
        processes: Worker processes.

    Raises:
        QuestionNotFoundError: There is no such question, or more than one.
        NotExecutedError: Nothing was executed in this lake.
    """
    settings, limits = current_limits(lake)
    benchmark = benchmark or _only_benchmark(lake)
    current_revision(lake, benchmark)  # says which benchmarks there are, where this is none
    asked = _find(lake, benchmark, question, gold_revision, settings)
    absent = "no_database" if asked.database is None else None
    gold = _result(asked.sql, absent, "no_gold", asked.status, asked.error, asked.columns, asked.n_rows, asked.preview)
    groups: dict[object, Group] = {}
    sqls: dict[object, set[str | None]] = {}
    with lake.scratch() as scratch:
        scratch.stage("comparator_versions", [{"comparator": one.name, "version": one.version} for one in comparators])
        rows = scratch.execute(
            (_SQL / "why_candidates.sql").read_text("utf-8"),
            benchmark=benchmark,
            revision=asked.revision,
            position=asked.position,
            database=asked.database,
            settings=settings,
            gold_revision=gold_revision,
            runs=None if runs is None else list(runs),
        ).fetchall()
    for run, sample, stage, sql, labels, status, error, columns, n_rows, preview, digest in rows:
        result = _result(sql, absent, "no_sql", status, error, columns, n_rows, preview)
        said = {label["comparator"]: (label["verdict"], label["reason"]) for label in labels or []}
        unsaid = ("unknown", result.status if result.status in {"no_database", "not_executed"} else "not_labelled")
        opinions = [Opinion(one.name, *said.get(one.name, unsaid), None) for one in comparators]
        key = (result.status, result.error, digest, len(result.columns), tuple(opinions))
        group = groups.setdefault(key, Group(result, opinions))
        group.answers.append((run, sample, stage))
        sqls.setdefault(key, set()).add(sql)
        group.n_sqls = len(sqls[key])
    found = sorted(groups.values(), key=lambda group: -len(group.answers))
    if gold.status == "ok" and asked.sql is not None and asked.database is not None:
        _add_differences(lake, asked.sql, asked.database, found, comparators, limits, processes)
    return Explanation(benchmark, asked.position, asked.question_id, asked.db_id, asked.question, asked.evidence, gold, found)


def _add_differences(
    lake: Lake,
    gold_sql: str,
    database: str,
    groups: Sequence[Group],
    comparators: Sequence[Comparator],
    limits: Limits,
    processes: int | None,
) -> None:
    """Fetch the results, as each comparator rewrites the SQL, and put the first difference into the opinions."""
    paths, unusable, _ = database_files(lake, {database})
    judged = [group for group in groups if group.result.status == "ok"]
    if database not in paths:
        reason = "; ".join(f"{path} {why}" for path, why in unusable.items())
        for group in judged:
            group.opinions = [opinion._replace(difference=f"not looked for: {reason}") for opinion in group.opinions]
        return
    rewritten: dict[tuple[str, str | None], str] = {}
    with lake.scratch() as scratch:
        for one in comparators:
            scratch.execute(one.sql)
            text = "SELECT comparator_gold($sql), comparator_candidate($sql)"
            rewritten[one.name, None] = scratch.execute(text, sql=gold_sql).fetchall()[0][0]
            for group in judged:
                rewritten[one.name, group.result.sql] = scratch.execute(text, sql=group.result.sql).fetchall()[0][1]
    bounds = replace(limits, max_rows=min(limits.max_rows, _MAX_ROWS), max_result_bytes=min(limits.max_result_bytes, _MAX_BYTES))
    tasks = [Task(database, paths[database], "", sql) for sql in dict.fromkeys(rewritten.values())]
    fetched = {result.task.sql: result for result in pool.fetch_rows(tasks, bounds, processes=processes)}
    for group in judged:
        group.opinions = [
            opinion._replace(
                difference=_said(
                    opinion,
                    fetched[rewritten[opinion.comparator, None]],
                    fetched[rewritten[opinion.comparator, group.result.sql]],
                )
            )
            for opinion in group.opinions
        ]


def _said(opinion: Opinion, gold: Fetched, candidate: Fetched) -> str | None:
    for name, result in (("gold", gold), ("candidate", candidate)):
        if result.status != "ok":
            return f"not looked for: fetching the rows of the {name} ended with {result.status}"
    ordered = "order by" in gold.task.sql.lower()
    if opinion.comparator == "spider" and same_under_permutation(gold.rows, candidate.rows, ordered=ordered):
        return permutation_note(gold.rows, candidate.rows, ordered=ordered)
    if opinion.comparator in {"strict", "bag"} and len(gold.columns or []) != len(candidate.columns or []):
        return f"the gold has {counted(len(gold.columns or []), 'column')}, the candidate {len(candidate.columns or [])}"
    return difference(opinion.comparator, gold.rows, candidate.rows, ordered=ordered)


def _only_benchmark(lake: Lake) -> str:
    names = [name for (name,) in lake.sql("SELECT benchmark FROM current_benchmarks ORDER BY benchmark").fetchall()]
    if len(names) != 1:
        raise QuestionNotFoundError(
            f"Which benchmark is the question from? There {'are ' + ', '.join(names) if names else 'is none yet'}.",
            "Name it with --benchmark." if names else "Add one with: t2s benchmark add PATH",
        )
    return str(names[0])


def _find(lake: Lake, benchmark: str, question: str, gold_revision: str, settings: str) -> _Asked:
    question_id = question.removeprefix("id:") if question.startswith("id:") else None
    if question_id is None and not question.isdecimal():
        raise QuestionNotFoundError(
            f"{question!r} is neither a position nor an id.", "Give a position from 0, or id: and a question id, such as id:17."
        )
    rows = lake.sql(
        (_SQL / "why_question.sql").read_text("utf-8"),
        benchmark=benchmark,
        position=None if question_id is not None else int(question),
        question_id=question_id,
        gold_revision=gold_revision,
        settings=settings,
    ).fetchall()
    if not rows:
        raise QuestionNotFoundError(
            f"{benchmark} has no question {question}.", 'See them with: t2s sql "SELECT * FROM questions"'
        )
    if len(rows) > 1:
        places = ", ".join(str(row[1]) for row in rows)
        raise QuestionNotFoundError(f"{benchmark} has several questions {question}.", f"Give one of the positions {places}.")
    return _Asked(*rows[0])


def _result(
    sql: str | None,
    no_database: str | None,
    no_sql: str,
    status: str | None,
    error: str | None,
    columns: list[str] | None,
    n_rows: int | None,
    preview: str | None,
) -> Result:
    what = no_sql if sql is None else no_database or status or "not_executed"
    rows = [shown(row) for row in decode_preview(preview)] if preview else []
    return Result(sql, what, error, columns or [], n_rows, rows)
