"""Figures of a leaderboard, counted in one pass: intervals for whole runs, plain figures for their databases and difficulties.

An interval of every database would draw single questions 10,000 times for each of them, which takes longer than all the rest.
"""

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from store import Lake
from text2sql_eval.figures import Figure, Figures, Measure, figures
from text2sql_eval.reports.leaderboard.votes import vote_curve
from text2sql_eval.statistics.bootstrap import Interval, Resampling
from text2sql_eval.statistics.selectors import selector_terms
from text2sql_eval.statistics.slices import Key, summed
from text2sql_eval.statistics.terms import counted_questions, standard_terms

if TYPE_CHECKING:
    import polars as pl

    from store.scratch import Scratch

SHOWN = ("ex", "greedy", "oracle", "any_correct", "majority", "pick_rate", "pick_rate_mixed")
"""The metrics that get intervals, beside those that are measured."""

DIMENSIONS = ("all", "difficulty", "database")


class Counting(NamedTuple):
    """What is counted.

    Attributes:
        runs: Only these runs; None is all but those whose models were trained on questions that would count.
        benchmarks: Only runs of these benchmarks.
        comparators: Only these comparators.
        gold_revision: Gold revision of the verdicts.
        gate: Which SQL of a sample is its final answer.
        common: Count only questions that all the runs of a benchmark answer.
        resampling: How intervals are made.
        allow_trained: Count questions that the model of a run was trained on too.
    """

    runs: Sequence[str] | None = None
    benchmarks: Sequence[str] | None = None
    comparators: Sequence[str] | None = None
    gold_revision: str = "original"
    gate: str = "exec_ok"
    common: bool = False
    resampling: Resampling = Resampling()
    allow_trained: bool = False


def count(lake: Lake, what: Counting, selectors: Sequence[str]) -> Figures:
    """All figures: those of whole runs with their intervals, those of slices without.

    Args:
        lake: The lake, now or at a version.
        what: What is counted.
        selectors: Names of selectors whose picks count as well.

    Raises:
        NothingToCountError: No candidate of the chosen runs has a label of the chosen comparators.
        NameNotFoundError: A run, benchmark, comparator or gold revision is not in the lake.
        TrainedQuestionsError: A model of a run was trained on questions that count, that is not allowed, and the run is named or
            no other is left.
    """
    measures: list[Measure] = [partial(vote_curve, seed=what.resampling.seed)]
    if selectors:
        measures.append(partial(selector_terms, selectors=selectors))
    kept: dict[Key, Interval | None] = {}
    found = figures(
        lake,
        runs=what.runs,
        benchmarks=what.benchmarks,
        comparators=what.comparators,
        gold_revision=what.gold_revision,
        gate=what.gate,
        dimensions=DIMENSIONS,
        common=what.common,
        allow_trained=what.allow_trained,
        measures=[partial(_measure, measures=measures, resampling=what.resampling, kept=kept)],
    )
    return found._replace(figures=[figure._replace(interval=_about(kept.get(_key(figure)), figure)) for figure in found.figures])


def _measure(
    scratch: "Scratch", *, measures: Sequence[Measure], resampling: Resampling, kept: dict[Key, Interval | None]
) -> "pl.DataFrame":
    """What is measured; on the way the intervals of everything are kept, from the outcomes that are staged only once."""
    import polars as pl

    counted = counted_questions(scratch)
    terms = standard_terms(counted)
    measured = pl.concat([measure(scratch) for measure in measures])
    for rows in (terms.filter(pl.col("metric").is_in(SHOWN)), measured):
        kept.update((key, sums.interval) for key, sums in summed(rows, counted, ("all",), resampling))
    return measured


def _key(figure: Figure) -> Key:
    return Key(
        figure.benchmark, figure.revision, figure.comparator, figure.run, figure.dimension, figure.slice, figure.metric, figure.k
    )


def _about(interval: Interval | None, figure: Figure) -> Interval | None:
    """The interval about the figure's own value: the order of a sum may move its last digit."""
    return None if interval is None else interval._replace(value=figure.value)
