"""Figures: what runs achieved, each with what it was divided by and what was left out.

The definitions are views of the lake (`ex`, `oracle`, `majority`, ...). Here they are computed for chosen runs in one pass over
the candidates: the views' own SELECTs run over temporary tables that hold the part of the views below them that is wanted.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from store import Lake
from store.scratch import Scratch
from store.tables import views
from text2sql_eval.learnt import Learnt
from text2sql_eval.outcomes import Common, NothingToCountError, nothing_labelled, staged
from text2sql_eval.statistics.bootstrap import Interval, Resampling
from text2sql_eval.statistics.slices import Key, Sums, summed
from text2sql_eval.statistics.terms import counted_questions, standard_terms

if TYPE_CHECKING:
    import polars as pl

__all__ = ["GATES", "METRICS", "Common", "Figure", "Figures", "Measure", "NothingToCountError", "figures"]

Measure = Callable[[Scratch], "pl.DataFrame"]
"""Measures questions one by one: from the staged outcomes to rows with the columns of `terms.TERMS`, for questions that count."""

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

UNDEFINED = {
    "selector": "not_selected",
    "selector_at_k": "fewer_than_k_samples",
    "majority_at_k": "fewer_than_k_samples",
    "soft_f1": "not_executed",
    "r_ves": "not_timed",
}
"""Why a question that counts for other metrics is left out of a measured one."""

GATES = ("exec_ok", "critique", "always")


class Figure(NamedTuple):
    """One figure. `value` is from 0 to 1, or None where it is undefined; `excluded` counts questions by reason.

    `interval` is None unless intervals were asked for.
    """

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
    interval: Interval | None = None


class Figures(NamedTuple):
    """All figures.

    Attributes:
        figures: The figures.
        common: The common questions of every benchmark with several runs.
        unjudged: By comparator the runs that it never judged.
        learnt: What the models of the runs learnt of what counts.
        left_out: Why runs that were not named are left out: their models were trained on questions that would count.
    """

    figures: list[Figure]
    common: list[Common]
    unjudged: dict[str, list[str]]
    learnt: Sequence[Learnt] = ()
    left_out: Sequence[Learnt] = ()


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
    interval: Resampling | None = None,
    measures: Sequence[Measure] = (),
    allow_trained: bool = False,
) -> Figures:
    """Compute every metric.

    Args:
        lake: The lake, now or at a version.
        runs: Only these runs; None is all but those whose models were trained on questions that would count.
        benchmarks: Only runs of these benchmarks.
        comparators: Only these comparators.
        gold_revision: Gold revision of the verdicts.
        gate: Which SQL of a sample is its final answer: exec_ok, critique or always.
        dimensions: all, difficulty, database: figures over all questions, and over those of each difficulty or database.
        common: Count only questions that all the chosen runs of a benchmark answer.
        interval: How intervals are made; None makes none.
        measures: Further metrics, which are measured question by question; their figures follow the others of the slice.
        allow_trained: Count questions that the model of a run was trained on too.

    Raises:
        NothingToCountError: No candidate of the chosen runs has a label of the chosen comparators.
        NameNotFoundError: A run, benchmark, comparator or gold revision is not in the lake.
        TrainedQuestionsError: A model of a run was trained on questions that count, that is not allowed, and the run is named or
            no other is left.
    """
    with staged(
        lake,
        runs=runs,
        benchmarks=benchmarks,
        comparators=comparators,
        gold_revision=gold_revision,
        gate=gate,
        common=common,
        allow_trained=allow_trained,
    ) as (scratch, found, unjudged, learnt, left_out):
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
            raise nothing_labelled(gold_revision)
        every = [Figure(*row) for row in rows]
        if interval is not None or measures:
            every = _with_statistics(scratch, every, dimensions, interval, measures)
    return Figures(every, found, unjudged, learnt, left_out)


def _with_statistics(
    scratch: Scratch,
    found: list[Figure],
    dimensions: Sequence[str],
    interval: Resampling | None,
    measures: Sequence[Measure],
) -> list[Figure]:
    """The figures with their intervals, and after those of a run and slice what is measured question by question."""
    counted = counted_questions(scratch)
    if interval is not None:
        sums = dict(summed(standard_terms(counted), counted, dimensions, interval))
        # A slice none of whose questions counts has figures without a value, and no sums.
        found = [figure._replace(interval=_same_value(sums.get(_key(figure)), figure)) for figure in found]
    places = {_key(figure)[:6]: place for place, figure in enumerate(found)}
    more: dict[int, list[Figure]] = {}
    for measure in measures:
        for key, measured in summed(measure(scratch), counted, dimensions, interval):
            place = places[key[:6]]
            more.setdefault(place, []).append(_measured(found[place], key, measured))
    return [figure for place, first in enumerate(found) for figure in (first, *more.get(place, ()))]


def _same_value(sums: Sums | None, figure: Figure) -> Interval | None:
    """The interval about the figure's own value: the order of a sum may move its last digit."""
    return sums.interval._replace(value=figure.value) if sums and sums.interval else None


def _key(figure: Figure) -> Key:
    return Key(
        figure.benchmark,
        figure.revision,
        figure.comparator,
        figure.run,
        figure.dimension,
        figure.slice,
        figure.metric,
        figure.k,
    )


def _measured(beside: Figure, key: Key, sums: Sums) -> Figure:
    """A figure of a measure, about the same run and slice as another one."""
    reason = UNDEFINED.get(key.metric.partition(":")[0])  # what follows is the name of a selector
    left_out = {reason: sums.undefined} if sums.undefined and reason else {}
    return beside._replace(
        metric=key.metric, k=key.k, value=sums.value, n=sums.n, excluded={**beside.excluded, **left_out}, interval=sums.interval
    )
