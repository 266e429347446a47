"""Strengths from comparisons: what made the outcomes is found again, and neither names nor order matter."""

import math
import random
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from text2sql_data.selection.language.bradley_terry import strengths

shares = st.floats(0, 1)
Comparison = tuple[int, int, float]


@st.composite
def comparisons(draw: st.DrawFn) -> tuple[int, list[Comparison]]:
    """Some comparisons among two to seven."""
    n = draw(st.integers(2, 7))
    pairs = draw(st.lists(st.sampled_from(list(combinations(range(n), 2))), max_size=25))
    return n, [(one, other, draw(shares)) for one, other in pairs]


@settings(deadline=None, max_examples=50)
@given(st.lists(st.floats(-3, 3), min_size=2, max_size=8))
def test_the_strengths_behind_exact_outcomes_are_found(true: list[float]) -> None:
    """Where every share is the probability that the model gives it, the strengths come back, but for where they lie."""
    pairs = [(i, j, 1 / (1 + math.exp(true[j] - true[i]))) for i, j in combinations(range(len(true)), 2)]
    found = strengths(pairs, len(true), prior=1e-7)
    mean = sum(true) / len(true)
    assert [one - sum(found) / len(found) for one in found] == pytest.approx([one - mean for one in true], abs=1e-3)


@settings(deadline=None, max_examples=50)
@given(comparisons())
def test_who_comes_first_in_a_comparison_does_not_matter(told: tuple[int, list[Comparison]]) -> None:
    """Told from the other side, and in another order, comparisons give the same strengths."""
    n, pairs = told
    turned = [(other, one, 1 - share) for one, other, share in reversed(pairs)]
    assert strengths(turned, n) == pytest.approx(strengths(pairs, n), abs=1e-5)


@settings(deadline=None, max_examples=50)
@given(comparisons())
def test_turned_outcomes_turn_strengths(told: tuple[int, list[Comparison]]) -> None:
    """When everybody wins what they lost, strengths change their sign; names do not matter either."""
    n, pairs = told
    found = strengths(pairs, n)
    assert strengths([(one, other, 1 - share) for one, other, share in pairs], n) == pytest.approx([-s for s in found], abs=1e-5)
    names = list(range(n))
    random.Random(1).shuffle(names)  # noqa: S311 - an order
    renamed = strengths([(names[one], names[other], share) for one, other, share in pairs], n)
    assert [renamed[names[one]] for one in range(n)] == pytest.approx(found, abs=1e-5)


@settings(deadline=None, max_examples=50)
@given(comparisons())
def test_strengths_are_where_the_slope_is_zero(told: tuple[int, list[Comparison]]) -> None:
    """Expected wins, draws of the prior included, equal those that were had: the definition of the fit."""
    n, pairs = told
    found = strengths(pairs, n, prior=0.3)

    def win(gap: float) -> float:
        return 1 / (1 + math.exp(-gap))

    for at in range(n):
        had = 0.15 + sum(share if at == one else 1 - share for one, other, share in pairs if at in {one, other})
        due = 0.3 * win(found[at]) + sum(
            win(found[at] - found[other if at == one else one]) for one, other, _ in pairs if at in {one, other}
        )
        assert due == pytest.approx(had, abs=1e-5)


def test_perfect_records_and_separate_groups_are_finite() -> None:
    """One that won everything, and two groups that never met: strengths are finite and in order."""
    best, middle, worst = strengths([(0, 1, 1.0), (1, 2, 1.0), (0, 2, 1.0)], 3)
    assert best > middle > worst
    assert middle == pytest.approx(0, abs=1e-6)
    first, second, alone, third, fourth = strengths([(0, 1, 1.0), (3, 4, 1.0)], 5)
    assert (first, second) == pytest.approx((third, fourth), abs=1e-6)
    assert math.isfinite(first)
    assert first > alone == 0.0 > second


def test_no_comparison_says_nothing() -> None:
    """Without comparisons all are equal."""
    assert strengths([], 3) == [0.0, 0.0, 0.0]
    assert strengths([], 0) == []
