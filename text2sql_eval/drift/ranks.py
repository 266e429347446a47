"""Ranks before and after: competition ranks, how well two orders agree, and which changes of order are more than noise.

Two systems have changed order where their figures compare otherwise on the other side, a tie included. Whether that is more than
noise is asked of the change of the gap between them, on the questions that both are counted over: databases are drawn with all
their questions, and both sides and both systems of a draw are counted together.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from text2sql_eval.statistics.bootstrap import Floats, Interval, Resampling, intervals
from text2sql_eval.statistics.mcnemar import exact_p_value, holm

_CELLS = 4_000_000  # of float64, that a step of the pairs may take at a time
_DIGITS = 12  # two ratios that are equal may differ in the last place


class Grid(NamedTuple):
    """The answers of a benchmark: one row a question, one column a run.

    Attributes:
        weight: 1.0 where the answer counts on both sides.
        before: 1.0 where it also is correct on the first side.
        after: The same on the second.
        clusters: The cluster of each question, numbered from 0.
    """

    weight: Floats
    before: Floats
    after: Floats
    clusters: npt.NDArray[np.int64]


class Shift(NamedTuple):
    """A change with its interval, and the exact test on what it consists of, plain and adjusted for the number of changes.

    `direction` is 1 or -1 where the interval is beyond zero and the test agrees, else 0.
    """

    change: Interval
    p_value: float
    p_adjusted: float
    direction: int


class Swap(NamedTuple):
    """Two runs, by column, that stand otherwise to each other on the second side.

    Attributes:
        a: The run that was ahead, or tied.
        b: The other one.
        before: The gap on the first side, a minus b, on the questions that both are counted over.
        after: The gap on the second.
        shift: The change of that gap.
    """

    a: int
    b: int
    before: Interval
    after: Interval
    shift: Shift


def competition_ranks(values: Sequence[float | None]) -> list[int | None]:
    """1 for the largest value; equal values have the same rank, and the next one is as many places lower. None has no rank."""
    known = [round(value, _DIGITS) for value in values if value is not None]
    return [None if value is None else 1 + sum(other > round(value, _DIGITS) for other in known) for value in values]


def kendall(before: Sequence[float | None], after: Sequence[float | None]) -> float | None:
    """Kendall's tau-b of two lists of figures; None where fewer than two are known on both sides, or one side has only ties."""
    pairs = [
        (round(x, _DIGITS), round(y, _DIGITS)) for x, y in zip(before, after, strict=True) if x is not None and y is not None
    ]
    if len(pairs) < 2 or any(len({pair[side] for pair in pairs}) < 2 for side in (0, 1)):  # noqa: PLR2004 - two can be ordered
        return None
    from scipy.stats import kendalltau  # type: ignore[import-untyped]

    return float(kendalltau(*zip(*pairs, strict=True)).statistic)


def shifts(grid: Grid, resampling: Resampling) -> list[Shift]:
    """The change of each run's own figure, second side minus first, one a column."""
    if not len(grid.clusters):
        return []
    return _shifts(grid.after - grid.before, grid.weight, grid.clusters, resampling)


def swaps(grid: Grid, ranks_before: Sequence[int | None], ranks_after: Sequence[int | None], how: Resampling) -> list[Swap]:
    """The pairs of runs whose order is another one on the second side, by rank on the first.

    Args:
        grid: The answers.
        ranks_before: Rank of each column on the first side.
        ranks_after: Rank of each column on the second.
        how: How intervals are made.
    """
    ranked = [
        (a, b)
        for a, rank_a in enumerate(ranks_before)
        for b, rank_b in enumerate(ranks_before)
        if rank_a is not None and rank_b is not None and (rank_a, a) < (rank_b, b)
    ]
    found = [(a, b) for a, b in ranked if _order(ranks_before, a, b) != _order(ranks_after, a, b)]
    found.sort(key=lambda pair: (ranks_before[pair[0]], ranks_before[pair[1]], pair))
    step = max(1, _CELLS // max(1, len(grid.clusters)))
    gaps: list[tuple[Interval, Interval]] = []
    moves: list[tuple[Interval, float]] = []
    for start in range(0, len(found), step):
        first, second = (np.array([pair[side] for pair in found[start : start + step]]) for side in (0, 1))
        weight = grid.weight[:, first] * grid.weight[:, second]
        before = (grid.before[:, first] - grid.before[:, second]) * weight
        after = (grid.after[:, first] - grid.after[:, second]) * weight
        gaps += zip(intervals(before, weight, grid.clusters, how), intervals(after, weight, grid.clusters, how), strict=True)
        moves += _tested(after - before, weight, grid.clusters, how)
    shown = _adjusted(moves)
    return [Swap(a, b, *gap, shift) for (a, b), gap, shift in zip(found, gaps, shown, strict=True)]


def _order(ranks: Sequence[int | None], a: int, b: int) -> int:
    """Which of two is ahead: -1, 0 where they are tied, 1; 2 where one has no rank."""
    one, other = ranks[a], ranks[b]
    if one is None or other is None:
        return 2
    return (one > other) - (one < other)


def _shifts(change: Floats, weight: Floats, clusters: npt.NDArray[np.int64], how: Resampling) -> list[Shift]:
    return _adjusted(_tested(change, weight, clusters, how))


def _tested(change: Floats, weight: Floats, clusters: npt.NDArray[np.int64], how: Resampling) -> list[tuple[Interval, float]]:
    """Each column's mean change with its interval, and the sign test on the questions that changed."""
    found = intervals(change, weight, clusters, how)
    gained, lost = (change > 0).sum(axis=0), (change < 0).sum(axis=0)
    return [(interval, exact_p_value(int(up), int(down))) for interval, up, down in zip(found, gained, lost, strict=True)]


def _adjusted(found: Sequence[tuple[Interval, float]]) -> list[Shift]:
    adjusted = holm([p_value for _, p_value in found])
    return [
        Shift(interval, p_value, p_adjusted, _direction(interval, p_adjusted))
        for (interval, p_value), p_adjusted in zip(found, adjusted, strict=True)
    ]


def _direction(interval: Interval, p_value: float) -> int:
    """As a winner is named in a comparison: the interval must not contain zero, and the exact test must agree."""
    if interval.lower is None or interval.upper is None or p_value > 1 - interval.level:
        return 0
    return int(interval.lower > 0) - int(interval.upper < 0)
