"""R-VES: BIRD's definition stated as cases by hand. No test looks at a time that was measured."""

from math import sqrt

import pytest

from text2sql_eval.statistics.r_ves import time_ratio, worth


@pytest.mark.parametrize(
    ("ratio", "reward"),
    [
        (2.0, 1.25),
        (9.0, 1.25),
        (1.99, 1.0),
        (1.0, 1.0),
        (0.99, 0.75),
        (0.5, 0.75),
        (0.49, 0.5),
        (0.25, 0.5),
        (0.24, 0.25),
        (0.001, 0.25),
    ],
)
def test_the_reward_is_a_staircase_of_the_time_ratio(ratio: float, reward: float) -> None:
    """Gold time by candidate time: each step with both of its edges; a question adds the square root."""
    assert worth(ratio) == sqrt(reward)


def test_a_wrong_answer_adds_nothing() -> None:
    """However fast it is."""
    assert worth(None) == 0.0


def test_abnormal_ratios_are_left_out() -> None:
    """A ratio three standard deviations from the mean does not count; ordinary ones do."""
    assert time_ratio([1.0] * 50 + [1.1] * 49 + [80.0]) == pytest.approx((50 + 1.1 * 49) / 99)
    assert time_ratio([1.0, 2.0, 3.0]) == 2.0


def test_equal_ratios_are_all_kept() -> None:
    """No spread: nothing lies within zero standard deviations, and BIRD's script would fail here; the mean is taken of all."""
    assert time_ratio([0.5, 0.5, 0.5]) == 0.5
