"""Figures: what runs achieved, each with what it was divided by and what was left out.

The definitions are views of the lake (`ex`, `oracle`, `majority`, ...). Here they are computed for chosen runs in one pass over
the candidates: the views' own SELECTs run over temporary tables that hold the part of the views below them that is wanted.
"""

from collections.abc import Sequence
from importlib.resources import files
from typing import NamedTuple

from store import Lake, StoreError
from store.scratch import Scratch
from store.tables import views
from text2sql_data.lookups import require

METRICS = (
    "ex",
    "greedy",
    "pipeline",
    "oracle",
    "any_correct",
    "majority",
    "random_pick",
    "pick_rate",
    "pick_rate_mixed",
    "candidate_ex",
    "executable",
    "unanswered",
)
"""The metrics, which are views of the same names."""

_LABEL = "Run: t2s execute, then t2s label"

GATES = ("exec_ok", "critique", "always")

_SQL = files("text2sql_eval") / "sql"


class Figure(NamedTuple):
    """One figure. `value` is from 0 to 1, or None where it is undefined; `excluded` counts questions by reason."""

    metric: str
    benchmark: str
    revision: str
    run: str
    system: str
    comparator: str
    gold_revision: str
    gate: str
    dimension: str
    slice: str | None
    k: int
    value: float | None
    n: int
    excluded: dict[str, int]


class Common(NamedTuple):
    """How many questions the runs of a benchmark have in common, under one comparator."""

    benchmark: str
    comparator: str
    runs: list[str]
    sizes: list[int]
    questions: int


class Figures(NamedTuple):
    """All figures, the common questions of every benchmark with several runs, and by comparator the runs that it never judged."""

    figures: list[Figure]
    common: list[Common]
    unjudged: dict[str, list[str]]


class NothingToCountError(StoreError, LookupError):
    """There is no label that the figures could count."""


def figures(
    lake: Lake,
    *,
    runs: Sequence[str] | None = None,
    benchmarks: Sequence[str] | None = None,
    comparators: Sequence[str] | None = None,
    gold_revision: str = "original",
    gate: str = "exec_ok",
    dimensions: Sequence[str] = ("all",),
    common: bool = False,
) -> Figures:
    """Compute every metric.

    Args:
        lake: The lake, now or at a version.
        runs: Only these runs.
        benchmarks: Only runs of these benchmarks.
        comparators: Only these comparators.
        gold_revision: Gold revision of the verdicts.
        gate: Which SQL of a sample is its final answer: exec_ok, critique or always.
        dimensions: all, difficulty, database: figures over all questions, and over those of each difficulty or database.
        common: Count only questions that all the chosen runs of a benchmark answer.

    Raises:
        NothingToCountError: No candidate of the chosen runs has a label of the chosen comparators.
        NameNotFoundError: A run, benchmark, comparator or gold revision is not in the lake.
    """
    chosen = {
        "gate": gate,
        "gold_revision": gold_revision,
        "comparators": None if comparators is None else list(comparators),
        "runs": None if runs is None else list(runs),
        "benchmarks": None if benchmarks is None else list(benchmarks),
    }
    for column, names in (
        ("run", runs),
        ("benchmark", benchmarks),
        ("comparator", comparators),
        ("gold_revision", [gold_revision]),
    ):
        require(lake, column, names)
    with lake.scratch() as scratch:
        scratch.execute(f"CREATE TEMP TABLE question_outcomes AS {_text('outcomes')}", **chosen)
        unjudged = dict(scratch.execute(_text("unjudged")).fetchall())
        if common and unjudged:
            missing = "; ".join(f"{comparator}: {', '.join(names)}" for comparator, names in unjudged.items())
            raise NothingToCountError(f"Runs that are not labelled have nothing in common with others ({missing}).", _LABEL)
        scratch.execute(_text("drop_unjudged"))
        found = _common(scratch)
        if common:
            scratch.execute(_text("exclude_uncommon"))
        for view in ("outcome_counts", "run_summaries"):
            scratch.execute(f"CREATE TEMP TABLE {view} AS {views()[view].select}")
        union = " UNION ALL ".join(
            f"SELECT {number} AS place, * FROM ({views()[name].select})" for number, name in enumerate(METRICS)
        )
        rows = scratch.execute(
            f"""
            SELECT
                metric, benchmark, revision, run, system, comparator, gold_revision, gate, dimension, slice, k, value, n, excluded
            FROM ({union})
            WHERE list_contains($dimensions::VARCHAR[], dimension)
            ORDER BY benchmark, revision, comparator, run, dimension, slice NULLS FIRST, place, k
            """,
            dimensions=list(dimensions),
        ).fetchall()
    if not rows:
        raise NothingToCountError(
            f"No candidate of these runs has been labelled by these comparators, for gold revision {gold_revision}.",
            _LABEL + ("" if gold_revision == "original" else f" --gold-revision {gold_revision}"),
        )
    return Figures([Figure(*row) for row in rows], found, unjudged)


def _common(scratch: Scratch) -> list[Common]:
    """Stage the questions that count in every run of a benchmark, and say how many there are."""
    scratch.execute(_text("common_questions"))
    rows = scratch.execute(_text("common_counts")).fetchall()
    return [Common(*row) for row in rows]


def _text(name: str) -> str:
    return (_SQL / f"{name}.sql").read_text("utf-8")
