"""Bootstrap intervals: what they cover, that a gap is paired, and that a ratio is resampled as a ratio."""

import tracemalloc
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from text2sql_eval.statistics.bootstrap import (
    LEAST_CLUSTERS,
    Floats,
    Interval,
    Resampling,
    bounds,
    cluster_totals,
    effective_clusters,
    gap,
    intervals,
    ratio,
    resampled_sums,
)

SPIDER = (4, 15, 16, 18, 30, 30, 38, 40, 40, 42, 45, 56, 62, 62, 78, 80, 82, 84, 92, 120)
"""Questions of the 20 databases of Spider dev."""

BIRD = (64, 89, 106, 129, 129, 145, 158, 163, 174, 186, 191)
"""Questions of the 11 databases of BIRD dev."""

TRUE_GAP = 0.03


def draw_pair(
    generator: np.random.Generator, sizes: Sequence[int], spread: float
) -> tuple[tuple[Floats, Floats], tuple[Floats, Floats], npt.NDArray[np.int64]]:
    """Two runs whose gap is 3 points on average, and differs from database to database by `spread`; 15 % of answers differ."""
    drawn = generator.choice(sizes, len(sizes))
    own = np.clip(TRUE_GAP + spread * generator.standard_normal(len(drawn)), -0.15, 0.15)
    clusters = np.repeat(np.arange(len(drawn)), drawn)
    chance = generator.random(len(clusters))
    won = chance < ((0.15 + own) / 2)[clusters]
    lost = ~won & (chance < 0.15)
    both = ~won & ~lost & (generator.random(len(clusters)) < 0.7)
    ones = np.ones(len(clusters))
    return ((won | both).astype(np.float64), ones), ((lost | both).astype(np.float64), ones), clusters


def coverage(sizes: Sequence[int], spread: float, worlds: int, resamples: int = 2_000) -> tuple[float, float]:
    """The share of intervals that hold the true gap: ours, and the plain percentile interval."""
    generator = np.random.default_rng(7)
    ours = plain = 0
    for seed in range(worlds):
        a, b, clusters = draw_pair(generator, sizes, spread)
        found = gap(a, b, clusters, Resampling(resamples=resamples, seed=seed)).interval
        assert found.lower is not None
        assert found.upper is not None
        ours += found.lower <= TRUE_GAP <= found.upper
        totals = cluster_totals(np.column_stack([a[0] - b[0], a[1]]), clusters)
        sums = resampled_sums(totals, resamples, seed)
        lower, upper = np.quantile(sums[:, 0] / sums[:, 1], [0.025, 0.975])
        plain += lower <= TRUE_GAP <= upper
    return ours / worlds, plain / worlds


@pytest.mark.slow
@pytest.mark.parametrize("sizes", [BIRD, SPIDER], ids=["11 databases", "20 databases"])
@pytest.mark.parametrize("spread", [0.0, 0.02, 0.05])
def test_nominal_95_percent_cover_93_to_97_percent(sizes: tuple[int, ...], spread: float) -> None:
    """With a known true gap, intervals by database cover it as often as they claim, also with 11 databases of unequal size."""
    ours, _ = coverage(sizes, spread, 2_000)
    assert 0.93 <= ours <= 0.97


@pytest.mark.slow
def test_plain_percentiles_would_cover_too_little() -> None:
    """Why the percentiles are moved: with 11 databases the plain ones cover less than 93 %."""
    _, plain = coverage(BIRD, 0.05, 2_000)
    assert plain < 0.93


def test_coverage_of_intervals_by_question() -> None:
    """Without clusters, 300 questions: the true gap is covered in about 95 % of 400 worlds."""
    generator, covered = np.random.default_rng(3), 0
    for seed in range(400):
        a, b, _ = draw_pair(generator, (300,), 0.0)
        found = gap(a, b, np.arange(300), Resampling(cluster="question", resamples=400, seed=seed)).interval
        covered += found.lower is not None and found.upper is not None and found.lower <= TRUE_GAP <= found.upper
    assert 0.93 <= covered / 400 <= 0.97


@given(
    values=st.lists(st.tuples(st.booleans(), st.booleans(), st.integers(0, 7)), min_size=1, max_size=40),
    seed=st.integers(0, 5),
)
@settings(max_examples=60, deadline=None)
def test_the_order_of_the_runs_flips_the_sign(values: list[tuple[bool, bool, int]], seed: int) -> None:
    """B - A is the mirror of A - B, bounds included; a run against itself is exactly 0 with bounds 0."""
    a, b, raw = (np.asarray(column, dtype=np.float64) for column in zip(*values, strict=True))
    clusters, ones = np.unique(raw, return_inverse=True)[1], np.ones(len(a))
    how = Resampling(resamples=200, seed=seed)
    forth, back = gap((a, ones), (b, ones), clusters, how).interval, gap((b, ones), (a, ones), clusters, how).interval
    assert forth.value == pytest.approx(-(back.value or 0.0), abs=1e-12)
    if len(np.unique(clusters)) < LEAST_CLUSTERS:
        assert forth.lower is forth.upper is back.lower is None
    else:
        assert back.lower is not None
        assert back.upper is not None
        assert (forth.lower, forth.upper) == (pytest.approx(-back.upper, abs=1e-12), pytest.approx(-back.lower, abs=1e-12))
        itself = gap((a, ones), (a, ones), clusters, how).interval
        assert (itself.value, itself.lower, itself.upper) == (0.0, 0.0, 0.0)


def test_a_ratio_is_resampled_as_a_ratio() -> None:
    """Picks that are right wherever there is something to pick have the pick-rate 1 in every resample, however many those are."""
    generator = np.random.default_rng(0)
    there = (generator.random(400) < 0.5).astype(np.float64)
    (found,) = intervals(there[:, None], there[:, None], np.arange(400), Resampling(cluster="question", resamples=500))
    assert found == Interval(1.0, 1.0, 1.0, 0.95, int(there.sum()), "question", 400, 500, 0)
    (share,) = intervals(there[:, None], np.ones((400, 1)), np.arange(400), Resampling(cluster="question", resamples=500))
    assert share.lower is not None
    assert share.upper is not None
    assert share.lower < there.mean() < share.upper


def test_a_mean_by_question_has_the_normal_interval() -> None:
    """With many independent questions the interval agrees with the textbook one: mean and 1.96 standard errors."""
    values = (np.random.default_rng(1).random(2_000) < 0.6).astype(np.float64)
    (found,) = intervals(values[:, None], np.ones((2_000, 1)), np.arange(2_000), Resampling(cluster="question"))
    half = stats.norm.ppf(0.975) * values.std() / np.sqrt(2_000)
    assert found.lower == pytest.approx(values.mean() - half, abs=0.0015)
    assert found.upper == pytest.approx(values.mean() + half, abs=0.0015)


def test_few_clusters_give_wider_intervals() -> None:
    """The percentiles of 11 equal clusters lie outside the plain ones as far as t with 10 degrees and the factor 11/10 say."""
    draws = np.random.default_rng(2).standard_normal(200_000)
    lower, upper = bounds(draws, 0.95, 11) or (0.0, 0.0)
    expected = stats.t.ppf(0.975, 10) * np.sqrt(11 / 10)
    assert upper == pytest.approx(expected, abs=0.06)
    assert lower == pytest.approx(-expected, abs=0.06)


def test_unequal_clusters_are_worth_fewer() -> None:
    """Equal sizes count in full; one that holds nearly everything makes hardly more than one; empty ones count nothing."""
    assert effective_clusters(np.full(7, 3.0)) == pytest.approx(7)
    assert effective_clusters(np.array([1000.0, 1, 1, 1, 1])) == pytest.approx(1.008, abs=0.001)
    assert effective_clusters(np.array([3.0, 3, 3, 3, 0, 0, 0])) == 0


def test_too_few_clusters_have_no_interval() -> None:
    """One database: the figure stands without bounds, rather than with wrong ones."""
    (found,) = intervals(np.ones((9, 1)), np.ones((9, 1)), np.zeros(9, dtype=np.int64), Resampling(resamples=100))
    assert (found.value, found.lower, found.upper, found.clusters) == (1.0, None, None, 1)


def test_nothing_to_divide_by_is_undefined() -> None:
    """A figure that divides by 0 has neither a value nor an interval."""
    (found,) = intervals(np.zeros((9, 1)), np.zeros((9, 1)), np.arange(9), Resampling(resamples=100))
    assert (found.value, found.lower, found.upper, found.n) == (None, None, None, 0)
    assert np.isnan(ratio(np.zeros(1), np.zeros(1))).all()


def test_the_same_seed_gives_the_same_interval() -> None:
    """Intervals are reproducible, and another seed moves them a little."""
    values = np.random.default_rng(4).random((200, 1))
    first, again, other = (
        intervals(values, np.ones((200, 1)), np.arange(200), Resampling(resamples=300, seed=seed))[0] for seed in (1, 1, 2)
    )
    assert first == again
    assert first.lower != other.lower


def test_memory_is_bounded() -> None:
    """Ten thousand resamples of many questions are never in memory at once."""
    totals = np.random.default_rng(5).random((1_534, 2))
    tracemalloc.start()
    sums = resampled_sums(totals, 10_000, 0)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert sums.mean(axis=0) == pytest.approx(totals.sum(axis=0), rel=0.01)
    assert peak < 120_000_000  # all weights at once would be 120 MB as integers alone
