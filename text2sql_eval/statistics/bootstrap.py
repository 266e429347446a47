"""Bootstrap intervals of ratios of sums, resampled by cluster: whole databases, or single questions.

A percentile interval is too narrow where there are few clusters. The percentiles are therefore moved outwards as Hesterberg
(2015) does, with the effective number of clusters in place of the sample size: docs/statistics.md says what that covers.
"""

from collections.abc import Sequence
from typing import Literal, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

Floats: TypeAlias = npt.NDArray[np.float64]
Clusters = Literal["database", "question"]

LEAST_CLUSTERS = 5
"""Fewer clusters with something to divide by give no interval: too few different resamples exist."""

_DRAWS = 2_000_000  # numbers drawn at a time, 16 MB


class Resampling(NamedTuple):
    """How intervals are made.

    Attributes:
        level: Nominal coverage, such as 0.95.
        cluster: What is drawn with replacement: databases with all their questions, or questions.
        resamples: How often.
        seed: Seed of the draws; the same one gives the same interval under the same version of numpy.
    """

    level: float = 0.95
    cluster: Clusters = "database"
    resamples: int = 10_000
    seed: int = 0


class Interval(NamedTuple):
    """A figure with its interval.

    Attributes:
        value: The figure; None where it is undefined.
        lower: Lower bound; None where fewer than five clusters have something to divide by.
        upper: Upper bound.
        level: Nominal coverage.
        n: What the figure was divided by.
        cluster: What was drawn: database or question.
        clusters: How many of them there are.
        resamples: How often they were drawn.
        seed: Seed of the draws.
    """

    value: float | None
    lower: float | None
    upper: float | None
    level: float
    n: int
    cluster: str
    clusters: int
    resamples: int
    seed: int

    @property
    def drawn(self) -> str:
        """How many clusters of what, such as "20 databases"."""
        return f"{self.clusters} {self.cluster}{'' if self.clusters == 1 else 's'}"


def cluster_totals(terms: Floats, clusters: npt.NDArray[np.int64]) -> Floats:
    """Sum the rows of each cluster.

    Args:
        terms: One row a question, one column a sum that is wanted.
        clusters: The cluster of each question, numbered from 0.

    Returns:
        One row a cluster.
    """
    totals = np.zeros((int(clusters.max(initial=-1)) + 1, terms.shape[1]))
    np.add.at(totals, clusters, terms)
    return totals


def resampled_sums(totals: Floats, resamples: int, seed: int) -> Floats:
    """Draw as many clusters as there are, with replacement, and sum their totals: one row a resample.

    The memory is bounded: some resamples are drawn at a time, and only their sums are kept.
    """
    generator, clusters = np.random.default_rng(seed), len(totals)
    sums = np.empty((resamples, totals.shape[1]))
    step = max(1, _DRAWS // max(1, clusters))
    for start in range(0, resamples, step):
        rows = min(step, resamples - start)
        drawn = generator.integers(0, clusters, size=(rows, clusters)) + clusters * np.arange(rows)[:, None]
        weights = np.bincount(drawn.ravel(), minlength=rows * clusters).reshape(rows, clusters)
        sums[start : start + rows] = weights.astype(np.float64) @ totals
    return sums


def effective_clusters(sizes: Floats) -> float:
    """How many clusters of equal size are worth these: (sum of sizes) squared over the sum of their squares (Kish).

    0 where fewer than five have a size at all.
    """
    if np.count_nonzero(sizes) < LEAST_CLUSTERS:
        return 0.0
    return float(sizes.sum()) ** 2 / float((sizes**2).sum())


def bounds(draws: Floats, level: float, effective: float) -> tuple[float, float] | None:
    """The expanded percentile interval of resampled values.

    Args:
        draws: The values; NaN where a resample has nothing to divide by, which is left out.
        level: Nominal coverage.
        effective: Effective number of clusters: the interval is wider by as much as a t interval is wider than a normal one.

    Returns:
        Lower and upper bound, or None where no resample has a value or there is but one cluster.
    """
    from scipy.special import ndtr, stdtrit  # type: ignore[import-untyped]  # scipy.stats takes a second to load

    draws = draws[~np.isnan(draws)]
    if not len(draws) or effective <= 1:
        return None
    quantile = float(stdtrit(effective - 1, (1 + level) / 2))
    tail = float(ndtr(-quantile * np.sqrt(effective / (effective - 1))))
    lower, upper = np.quantile(draws, [tail, 1 - tail])
    return float(lower), float(upper)


def ratio(numerator: Floats, denominator: Floats) -> Floats:
    """Numerator by denominator, NaN where that is 0."""
    return np.divide(numerator, denominator, out=np.full_like(numerator, np.nan), where=denominator > 0)


def intervals(
    numerators: Floats, denominators: Floats, clusters: npt.NDArray[np.int64], resampling: Resampling
) -> Sequence[Interval]:
    """Intervals of several ratios of sums over the same questions.

    Args:
        numerators: One row a question, one column a figure.
        denominators: The same shape.
        clusters: The cluster of each question, numbered from 0 without gaps.
        resampling: How.

    Returns:
        One a column.
    """
    level, cluster, resamples, seed = resampling
    width = numerators.shape[1]
    totals = cluster_totals(np.hstack([numerators, denominators]), clusters)
    whole = totals.sum(axis=0)
    values = ratio(whole[:width], whole[width:])
    enough = len(totals) >= LEAST_CLUSTERS
    sums = resampled_sums(totals, resamples, seed) if enough else np.empty((0, 2 * width))
    draws = ratio(sums[:, :width], sums[:, width:])
    found = []
    for column in range(width):
        lower, upper = bounds(draws[:, column], level, effective_clusters(totals[:, width + column])) or (None, None)
        value = None if np.isnan(values[column]) else float(values[column])
        n = round(float(whole[width + column]))
        found.append(Interval(value, lower, upper, level, n, cluster, len(totals), resamples, seed))
    return found


class Gap(NamedTuple):
    """The difference of two figures, first minus second, with its paired interval.

    Attributes:
        interval: Value and bounds; n is the number of questions that both were counted over.
        design_effect: How many times the variance by clusters is that by questions; None where there is no interval.
    """

    interval: Interval
    design_effect: float | None


def gap(
    first: tuple[Floats, Floats], second: tuple[Floats, Floats], clusters: npt.NDArray[np.int64], resampling: Resampling
) -> Gap:
    """The paired difference of two ratios of sums over the same questions: both are resampled together.

    Args:
        first: Numerator and denominator of each question, in one run.
        second: The same in the other.
        clusters: The cluster of each question, numbered from 0 without gaps.
        resampling: How.
    """
    level, cluster, resamples, seed = resampling
    terms = np.column_stack([*first, *second])
    totals = cluster_totals(terms, clusters)
    values = ratio(totals.sum(axis=0)[[0, 2]], totals.sum(axis=0)[[1, 3]])
    value = None if np.isnan(values).any() else float(values[0] - values[1])
    lower = upper = None
    if value is not None and len(totals) >= LEAST_CLUSTERS:
        sums = resampled_sums(totals, resamples, seed)
        draws = ratio(sums[:, 0], sums[:, 1]) - ratio(sums[:, 2], sums[:, 3])
        effective = min(effective_clusters(totals[:, 1]), effective_clusters(totals[:, 3]))
        lower, upper = bounds(draws, level, effective) or (None, None)
    interval = Interval(value, lower, upper, level, len(terms), cluster, len(totals), resamples, seed)
    return Gap(interval, None if lower is None else _design_effect(terms, values, clusters))


def _design_effect(terms: Floats, values: Floats, clusters: npt.NDArray[np.int64]) -> float | None:
    """By linearisation: what each question adds to the difference, summed in clusters against by itself."""
    whole = terms.sum(axis=0)
    shares = (terms[:, 0] - values[0] * terms[:, 1]) / whole[1] - (terms[:, 2] - values[1] * terms[:, 3]) / whole[3]
    sums = cluster_totals(shares[:, None], clusters)[:, 0]
    alone = float((shares**2).sum()) * len(shares) / max(1, len(shares) - 1)
    together = float((sums**2).sum()) * len(sums) / max(1, len(sums) - 1)
    return together / alone if alone > 0 else None
