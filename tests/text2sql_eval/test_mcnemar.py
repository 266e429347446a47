"""The exact McNemar test and Holm's adjustment, against scipy and against the definition."""

from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from text2sql_eval.statistics.mcnemar import exact_p_value, holm


@given(wins=st.integers(0, 60), losses=st.integers(0, 60))
def test_it_is_scipys_binomial_test_and_the_sum_of_tails(wins: int, losses: int) -> None:
    """The p-value is binomtest's, and twice the smaller tail of a fair coin; the order of the runs does not matter."""
    found = exact_p_value(wins, losses)
    assert found == exact_p_value(losses, wins)
    differing = wins + losses
    if differing:
        assert found == pytest.approx(binomtest(wins, differing, 0.5).pvalue, abs=1e-12)
    tail = sum(comb(differing, i) for i in range(min(wins, losses) + 1)) / 2**differing
    assert found == pytest.approx(min(1.0, 2 * tail), abs=1e-9)


def test_identical_runs_have_the_p_value_one() -> None:
    """Nothing differs, nothing is shown."""
    assert exact_p_value(0, 0) == 1.0


def test_holm_is_step_down() -> None:
    """The smallest p is multiplied by the number of tests, the next by one less, and none ends below an earlier one."""
    assert holm([0.04, 0.01, 0.03]) == pytest.approx([0.06, 0.03, 0.06])
    assert holm([0.9, 0.8]) == [1.0, 1.0]
    assert holm([]) == []
